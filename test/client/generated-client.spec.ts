import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { startChild } from '../support/child.js';
import { ADMIN_KEY, startTestService, type TestService } from '../support/service.js';

describe('the TypeScript client that is generated from the document (P5)', () => {
  let service: TestService;
  beforeAll(async () => {
    rmSync('client', { recursive: true, force: true });
    service = await startTestService();
  });
  afterAll(() => service.stop());

  /** A step of several seconds; what it says is shown when it fails. */
  const run = (command: string, ...args: string[]): void => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  };

  it('is generated, compiles under strict, and works on the running service (P5)', async () => {
    run('npm', 'run', '--silent', 'client');
    run(process.execPath, 'node_modules/typescript/bin/tsc', '--project', 'test/client/program');

    const program = startChild(
      [
        'client/built/test/client/program/look-around.js',
        service.url,
        ADMIN_KEY,
        SEED.victig.clients.main,
        SEED.lever.opportunities.anaRuiz,
      ],
      {},
    );
    expect(await program.exit(), program.output()).toBe(0);
    expect(JSON.parse(program.output())).toEqual({
      version: 2,
      name: 'Changed by the client',
      stale: 'stale_version',
      isMissing: true,
      product: 'Criminal Package 1',
      names: ['By the client', expect.any(String)],
      revoked: 204,
      installations: 1,
    });
  }, 180_000);
});
