import { afterEach, beforeEach } from 'vitest';
import { SEED } from '../seed.ts';
import { startSandbox } from '../start-sandbox.ts';
import type { Sandbox, SandboxOptions } from '../start-sandbox.ts';
import { basic, caller } from './call.ts';
import type { Caller } from './call.ts';
import { startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';

/** What a test works with: the sandbox, callers for its sides, and a place for its deliveries. */
export class SandboxInUse {
  sandbox: Sandbox;
  /** With the seeded API key. */
  lever: Caller;
  /** With the seeded ORDER token. */
  victig: Caller;
  drive: Caller;
  receiver: Receiver;
}

/** A fresh sandbox for each test of a file. */
export function useSandbox(options: SandboxOptions = {}): SandboxInUse {
  const inUse = new SandboxInUse();
  beforeEach(async () => {
    const sandbox = await startSandbox(options);
    Object.assign(inUse, {
      sandbox,
      lever: caller(sandbox.leverApiUrl, basic(SEED.lever.apiKey)),
      victig: caller(sandbox.victigApiUrl, `Bearer ${SEED.victig.token}`),
      drive: caller(`${sandbox.url}/drive`),
      receiver: await startReceiver(),
    });
  });
  afterEach(async () => {
    await inUse.sandbox.close();
    await inUse.receiver.close();
  });
  return inUse;
}
