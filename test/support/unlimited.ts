import type { CallPriority } from '../../src/platform/http/call-priority.js';
import { RateLimiter, type RateLimit } from '../../src/platform/http/rate-limiter.js';

/** Holds nobody back, and remembers who was counted under which limit and who was told to slow down. */
export class Unlimited extends RateLimiter {
  readonly acquired: { key: string; limit: RateLimit }[] = [];
  readonly priorities: CallPriority[] = [];
  readonly slowedDown: { key: string; pauseMs: number | undefined }[] = [];

  override async acquire(key: string, limit: RateLimit, priority: CallPriority): Promise<void> {
    this.acquired.push({ key, limit });
    this.priorities.push(priority);
  }

  override async slowDown(key: string, _limit: RateLimit, pauseMs?: number): Promise<void> {
    this.slowedDown.push({ key, pauseMs });
  }
}
