import { NotConnected } from '../../installations/vendor-credentials.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';

/**
 * How long Lever may still be working on a write whose answer never came. Until then what is not to be found may yet
 * appear, so it is looked for and not written again.
 */
const WRITE_SETTLES_MS = 60_000;

/** Of these, what is left to Lever for a write that reached it just before its call ended. */
const WORKED_ON_MS = 5_000;

/**
 * By when a write has ended, or is not begun: whoever finds nothing of it once it is settled may write it again. What is
 * left when it may take its time is still more than the limiter lets a call wait.
 */
export const endsBy = (startedAt: Date): Date =>
  new Date(startedAt.getTime() + WRITE_SETTLES_MS - WORKED_ON_MS);

/** Code of a write that is not repeated yet, for an earlier one may still come true. */
export const UNSETTLED = 'unsettled';

/**
 * Waits until an earlier write, of which nothing was found, can surely no longer come true.
 * @param operation the write, as errors name it
 * @throws UpstreamError `timed_out` while it still can
 */
export function assertSettled(operation: string, startedAt: Date, now: Date): void {
  if (now.getTime() - startedAt.getTime() >= WRITE_SETTLES_MS) return;
  throw new UpstreamError('timed_out', {
    vendor: 'Lever',
    operation,
    fate: 'unknown',
    code: UNSETTLED,
    retryAfterMs: 5_000,
  });
}

/** A write that failed so was surely not carried out, and may be repeated at once. */
export const surelyNotDone = (error: unknown): boolean =>
  error instanceof NotConnected || (error instanceof UpstreamError && error.details.fate !== 'unknown');
