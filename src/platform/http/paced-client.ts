import { UpstreamError } from '../errors/upstream-error.js';
import { currentPriority } from './call-priority.js';
import type { JsonAnswer, JsonClient, JsonRequest } from './json-client.js';
import { HeldBack, type RateLimit, type RateLimiter } from './rate-limiter.js';

/** Code of a call that we held back ourselves, for others of ours are before it; nothing failed. */
export const HELD_BACK = 'held_back';

/** Makes calls no faster than the vendor allows, and slower once it complains (F3). */
export class PacedClient {
  constructor(
    private readonly http: JsonClient,
    private readonly limiter: RateLimiter,
    private readonly limit: RateLimit,
  ) {}

  /**
   * @param limitKey names the account under which the call is counted
   * @throws UpstreamError; `rate_limited` and `not_sent` when it is us who hold the call back
   */
  async send<T>(limitKey: string, request: JsonRequest<T>): Promise<JsonAnswer<T>> {
    try {
      await this.limiter.acquire(limitKey, this.limit, currentPriority());
      return await this.http.send(request);
    } catch (error) {
      if (error instanceof HeldBack) throw heldBack(request, error);
      if (error instanceof UpstreamError && error.failure === 'rate_limited') {
        // What the vendor answered must reach the caller, also when this fails.
        await this.limiter.slowDown(limitKey, this.limit, error.details.retryAfterMs).catch(() => undefined);
      }
      throw error;
    }
  }
}

const heldBack = ({ api, method, route }: JsonRequest<unknown>, { reason, retryAfterMs }: HeldBack) =>
  new UpstreamError('rate_limited', {
    vendor: api.vendor,
    operation: `${method} ${route}`,
    fate: 'not_sent',
    code: reason === 'pace' ? HELD_BACK : 'day_used_up',
    retryAfterMs,
  });
