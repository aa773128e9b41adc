import type { CallPriority } from './call-priority.js';
import type { RateLimit } from './rate-limiter.js';

/** A limit as GCRA counts it, for calls of one priority. */
export interface Pace {
  /** What one call costs. */
  stepMs: number;
  /** How much may be owed when a call is made: all but the last call of a burst. */
  toleranceMs: number;
  /** How far ahead a call may be reserved. */
  horizonMs: number;
  /** Calls of the day from which on there are no more; null: as many as one likes. */
  dayLimit: number | null;
}

/** How much of the burst is theirs. What the less urgent may not use lets the more urgent go first. */
const SHARE_OF_BURST: Record<CallPriority, number> = {
  interactive: 1,
  order: 0.75,
  background: 0.5,
  polling: 0.25,
};

/** As far as the next more urgent priority is ahead: what is reserved never stands in its way. */
const HORIZON_SHARE = 0.25;

/** Of the day's calls, whoever made them. The last tenth is for new orders; polling also leaves room for callbacks. */
const SHARE_OF_DAY: Record<CallPriority, number> = {
  interactive: 0.9,
  order: 1,
  background: 0.9,
  polling: 0.75,
};

/**
 * Calls leave later than they were granted, and not all by the same time. Owing this much less keeps the limit as
 * the vendor sees it, unless calls are delayed by more than this.
 */
const GUARD_MS = 25;

/** While a vendor is spared, a call costs so many. */
const COST_WHEN_SLOW = 2;

export function paceOf(limit: RateLimit, priority: CallPriority): Pace {
  const stepMs = stepOf(limit);
  const toleranceMs = toleranceOf(limit);
  return {
    stepMs,
    toleranceMs: toleranceMs * SHARE_OF_BURST[priority],
    horizonMs: Math.max(stepMs, toleranceMs * HORIZON_SHARE),
    dayLimit:
      limit.requestsPerDay === undefined ? null : Math.ceil(limit.requestsPerDay * SHARE_OF_DAY[priority]),
  };
}

/**
 * For how long calls of ours alone can keep one from being reserved, however many they are: as long as the most urgent may owe
 * more than this one, and the one call that is granted last. Only a vendor that asked for a pause makes it longer.
 */
export function longestOwnWaitMs(limit: RateLimit, priority: CallPriority): number {
  return toleranceOf(limit) * (1 - SHARE_OF_BURST[priority]) + COST_WHEN_SLOW * stepOf(limit);
}

/** The time that one call takes at the long-run pace; in whole microseconds, as the database keeps it. */
const stepOf = ({ requestsPerSecond }: RateLimit): number => Math.ceil(1_000_000 / requestsPerSecond) / 1_000;

export const toleranceOf = (limit: RateLimit): number =>
  Math.max(0, (limit.burst - 1) * stepOf(limit) - GUARD_MS);
