import { RateLimiter } from '../../src/platform/http/rate-limiter.js';
import type { RateLimit } from '../../src/platform/http/token-bucket.js';

/** Holds nobody back, and remembers who was counted under which limit. */
export class Unlimited extends RateLimiter {
  readonly acquired: { key: string; limit: RateLimit }[] = [];

  override async acquire(key: string, limit: RateLimit): Promise<void> {
    this.acquired.push({ key, limit });
  }
}
