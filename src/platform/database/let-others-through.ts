import { setTimeout as pause } from 'node:timers/promises';

/** SQLSTATE: a lock was not to be had in time, and two waited for one another. */
const KEPT_WAITING: ReadonlySet<string> = new Set(['55P03', '40P01']);

interface Patience {
  pauseMs: number;
  /** From the first refusal on: what the work takes besides does not count. */
  patienceMs: number;
}

/**
 * Does what needs locks that others have. Refused, it gives way to those who stood behind it, and does it again.
 * @throws what it was refused with last, and anything else at once
 */
export async function letOthersThrough(
  work: () => Promise<void>,
  { pauseMs, patienceMs }: Patience,
): Promise<void> {
  let deadlineMs: number | null = null;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      const nowMs = performance.now();
      deadlineMs ??= nowMs + patienceMs;
      if (!KEPT_WAITING.has((error as { code?: string }).code ?? '') || nowMs >= deadlineMs) throw error;
    }
    await pause(pauseMs);
  }
}
