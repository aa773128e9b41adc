import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isObject } from './json.ts';
import { startSandbox } from './start-sandbox.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

describe('the sandbox as a program', () => {
  it('prints its address and ends when told to', async () => {
    const program = spawn(process.execPath, [MAIN], { env: { ...process.env, SANDBOX_PORT: '0' } });
    const line = await once(program.stdout, 'data');
    expect(String(line[0])).toMatch(/^Sandbox Lever and VICTIG at http:\/\/127\.0\.0\.1:\d+\n$/);
    program.kill('SIGTERM');
    expect(await once(program, 'exit')).toEqual([0, null]);
  });

  it('says so when its port is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = isObject(address) ? String(address['port']) : '';
    const program = spawn(process.execPath, [MAIN], { env: { ...process.env, SANDBOX_PORT: port } });
    const line = await once(program.stderr, 'data');
    expect(String(line[0])).toBe(
      `Port ${port} is taken: stop what uses it, or set SANDBOX_PORT to another one.\n`,
    );
    expect(await once(program, 'exit')).toEqual([1, null]);
    squatter.close();
  });

  it('closes at once while requests hang', async () => {
    const sandbox = await startSandbox();
    await fetch(`${sandbox.url}/drive/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ vendor: 'lever', kind: 'hang' }),
    });
    const hanging = fetch(`${sandbox.leverApiUrl}/stages`).catch((error: unknown) => String(error));
    await expect
      .poll(async () => (await fetch(`${sandbox.url}/drive/calls`)).text())
      .toContain('"GET /v1/stages"');
    const state = await Promise.race([hanging, Promise.resolve('unanswered')]);
    expect(state).toBe('unanswered');
    // It would never be answered: whoever waited for it would wait for ever.
    await sandbox.close();
    expect(await hanging).toContain('fetch failed');
  });
});
