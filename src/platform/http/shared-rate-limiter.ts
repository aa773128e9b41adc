import { setTimeout as pause } from 'node:timers/promises';
import type { CallPriority } from './call-priority.js';
import { Turns } from '../turns.js';
import { longestOwnWaitMs, paceOf, toleranceOf, type Pace } from './pace.js';
import type { RateBuckets } from './rate-buckets.js';
import { HeldBack, RateLimiter, type RateLimit } from './rate-limiter.js';

/** A call that would wait longer holds no worker: its job is tried again later. */
const LONGEST_WAIT_MS = 5_000;

/** How long the pace is halved after a vendor found us too fast. */
const SLOW_MS = 30_000;

/** A vendor that asks for a longer pause is asked again after this one. */
const LONGEST_PAUSE_MS = 60_000;

/** What the limiter needs of time and chance; tests set them. */
export interface Waiting {
  /** Milliseconds since some moment; never runs backwards. */
  nowMs: () => number;
  wait: (ms: number) => Promise<unknown>;
  /** From 0 to below 1. */
  random: () => number;
}

const realWaiting: Waiting = {
  nowMs: () => performance.now(),
  // Timers have whole milliseconds and would cut the rest off.
  wait: (ms) => pause(Math.ceil(ms)),
  random: Math.random,
};

/** Counts in the database, for all replicas together (F3). Why it is built so: docs/adr/0005. */
export class SharedRateLimiter extends RateLimiter {
  /** Of those who wait in this process only the first of each priority asks the database, and is served first. */
  private readonly lanes = new Turns();

  constructor(
    private readonly buckets: Pick<RateBuckets, 'reserve' | 'slowDown'>,
    private readonly waiting: Waiting = realWaiting,
  ) {
    super();
  }

  override async acquire(key: string, limit: RateLimit, priority: CallPriority): Promise<void> {
    const giveUpAtMs = this.waiting.nowMs() + LONGEST_WAIT_MS;
    const bounds = { giveUpAtMs, ownWaitMs: longestOwnWaitMs(limit, priority) };
    const pace = paceOf(limit, priority);
    const waitMs = await this.lanes.take(`${priority} ${key}`, () => this.reserve(key, pace, bounds));
    if (waitMs > 0) await this.waiting.wait(waitMs);
  }

  override async slowDown(key: string, limit: RateLimit, pauseMs = 0): Promise<void> {
    const silentMs = Math.min(pauseMs, LONGEST_PAUSE_MS);
    await this.buckets.slowDown(key, toleranceOf(limit) + silentMs, SLOW_MS + silentMs);
  }

  /** Answers in how many milliseconds the call may be made. */
  private async reserve(
    key: string,
    pace: Pace,
    { giveUpAtMs, ownWaitMs }: { giveUpAtMs: number; ownWaitMs: number },
  ): Promise<number> {
    const { nowMs, wait, random } = this.waiting;
    for (;;) {
      const { outcome, waitMs } = await this.buckets.reserve(key, pace);
      if (outcome === 'granted') return waitMs;
      if (outcome === 'day_used_up') throw new HeldBack('day_used_up', Math.ceil(waitMs));
      if (nowMs() + waitMs > giveUpAtMs) throw new HeldBack('pace', Math.ceil(waitMs), waitMs > ownWaitMs);
      // Not all replicas ask at the same moment. Within the horizon no slot is lost by coming later.
      await wait(waitMs + (random() * pace.horizonMs) / 2);
    }
  }
}
