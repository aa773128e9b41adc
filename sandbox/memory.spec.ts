import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basic, caller } from './spec/call.ts';
import type { Caller } from './spec/call.ts';
import { SEED } from './seed.ts';
import { startSandbox } from './start-sandbox.ts';
import type { Sandbox } from './start-sandbox.ts';

const ANA = `/opportunities/${SEED.lever.opportunities.anaRuiz}`;

describe('the memory of the sandbox', () => {
  let folder: string;
  const running = new Set<Sandbox>();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  });
  afterEach(async () => {
    for (const sandbox of running) await sandbox.close();
    running.clear();
    rmSync(folder, { recursive: true });
  });

  const start = async (): Promise<{ sandbox: Sandbox; lever: Caller; drive: Caller }> => {
    const sandbox = await startSandbox({ memoryFile: join(folder, 'memory') });
    running.add(sandbox);
    const lever = caller(sandbox.leverApiUrl, basic(SEED.lever.apiKey));
    return { sandbox, lever, drive: caller(`${sandbox.url}/drive`) };
  };

  it('outlives the sandbox, answered changes included', async () => {
    const first = await start();
    await first.lever('POST', `${ANA}/addTags`, { tags: ['Remembered'] });
    await first.drive('PATCH', '/lever/behaviour', { rateLimit: true });
    // Not closed: a killed sandbox remembers too.
    const second = await start();
    expect(JSON.stringify((await second.lever('GET', ANA)).body)).toContain('"Remembered"');
    expect((await second.drive('GET', '/state')).body).toMatchObject({
      lever: { behaviour: { rateLimit: true } },
    });
  });

  it('is emptied by a reset', async () => {
    const first = await start();
    await first.lever('POST', `${ANA}/addTags`, { tags: ['Forgotten'] });
    await first.drive('POST', '/reset');
    const second = await start();
    expect(JSON.stringify((await second.lever('GET', ANA)).body)).not.toContain('Forgotten');
  });

  it('refuses a file that is not its own', async () => {
    writeFileSync(join(folder, 'memory'), 'something else');
    await expect(start()).rejects.toThrow('delete it to start afresh');
  });
});
