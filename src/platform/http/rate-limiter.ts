import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import { TokenBucket, type RateLimit } from './token-bucket.js';

/** Keeps calls to one vendor account within its limit (F3). */
export abstract class RateLimiter {
  /**
   * Returns when a call may be made.
   * @param key names who is limited, e.g. one API application; never a secret itself
   * @throws the signal's reason when the signal is aborted first; the call then does not count
   */
  abstract acquire(key: string, limit: RateLimit, signal?: AbortSignal): Promise<void>;
}

type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;

const realWait: Wait = (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal });

const SWEEP_ABOVE = 1000;

/** Counts in this process only: with several replicas each one grants the whole limit. */
export class InProcessRateLimiter extends RateLimiter {
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly clock: Clock,
    private readonly wait: Wait = realWait,
  ) {
    super();
  }

  override async acquire(key: string, limit: RateLimit, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const nowMs = this.clock.now().getTime();
    const bucket = this.bucketOf(key, limit, nowMs);
    const waitMs = bucket.take(nowMs);
    if (waitMs === 0) return;
    try {
      await this.wait(waitMs, signal);
    } catch (error) {
      bucket.giveBack();
      throw signal?.aborted === true ? signal.reason : error;
    }
  }

  private bucketOf(key: string, limit: RateLimit, nowMs: number): TokenBucket {
    const known = this.buckets.get(key);
    if (known !== undefined) return known;
    if (this.buckets.size >= SWEEP_ABOVE) this.sweep(nowMs);
    const bucket = new TokenBucket(limit, nowMs);
    this.buckets.set(key, bucket);
    return bucket;
  }

  /** A full bucket says nothing that a new one would not. */
  private sweep(nowMs: number): void {
    for (const [key, bucket] of this.buckets) {
      if (bucket.isFull(nowMs)) this.buckets.delete(key);
    }
  }
}
