import { setTimeout as wait } from 'node:timers/promises';

const LOOK_EVERY_MS = 100;

/** Waits for a condition; what it throws is thrown. @throws when it does not come true in time */
export async function until(
  timeoutMs: number,
  condition: () => Promise<boolean>,
  lookEveryMs: number = LOOK_EVERY_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${timeoutMs / 1_000} s`);
    await wait(lookEveryMs);
  }
}
