import type { CallPriority } from './call-priority.js';

/** What a vendor allows one account. */
export interface RateLimit {
  /** Calls per second in the long run. */
  requestsPerSecond: number;
  /** Calls that may be made at once after a pause. */
  burst: number;
  /** Calls from one midnight to the next, UTC; as many as one likes when left out. */
  requestsPerDay?: number;
}

/** A call may not be made soon enough to wait for it. It was not made, and does not count. */
export class HeldBack extends Error {
  override readonly name = 'HeldBack';

  constructor(
    readonly reason: 'pace' | 'day_used_up',
    /** From when on asking again makes sense. */
    readonly retryAfterMs: number,
    /** It is the vendor who asked for a pause: calls of ours before it would be no reason to wait for so long. */
    readonly isVendorsPause = false,
  ) {
    super(
      reason === 'day_used_up'
        ? 'the calls of the day are used up'
        : isVendorsPause
          ? 'the vendor asked for a pause'
          : 'too many calls are waiting',
    );
  }
}

/** Keeps calls to one vendor account within its limit (F3). */
export abstract class RateLimiter {
  /**
   * Returns when a call may be made, after some seconds at the most.
   * @param key names who is limited, e.g. one API application; never a secret itself
   * @throws HeldBack
   */
  abstract acquire(key: string, limit: RateLimit, priority: CallPriority): Promise<void>;

  /**
   * The vendor found us too fast: the burst is used up, and for a while the pace is halved.
   * @param pauseMs how long the vendor asked us to be silent
   */
  abstract slowDown(key: string, limit: RateLimit, pauseMs?: number): Promise<void>;
}
