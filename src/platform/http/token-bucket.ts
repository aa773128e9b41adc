export interface RateLimit {
  /** Calls per second in the long run. */
  requestsPerSecond: number;
  /** Calls that may be made at once after a pause. */
  burst: number;
}

/** A token bucket in which tokens can be taken in advance; who comes first is served first. Knows no clock. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly limit: RateLimit,
    private updatedMs: number,
  ) {
    this.tokens = limit.burst;
  }

  /** Takes one token. Answers in how many milliseconds it may be used. */
  take(nowMs: number): number {
    this.refill(nowMs);
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens * 1000) / this.limit.requestsPerSecond);
  }

  /** Returns a token that was taken and not used. */
  giveBack(): void {
    this.tokens += 1;
  }

  isFull(nowMs: number): boolean {
    this.refill(nowMs);
    return this.tokens >= this.limit.burst;
  }

  private refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.updatedMs);
    this.updatedMs = nowMs;
    const refilled = this.tokens + (elapsedMs * this.limit.requestsPerSecond) / 1000;
    this.tokens = Math.min(this.limit.burst, refilled);
  }
}
