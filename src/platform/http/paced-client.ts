import { UpstreamError } from '../errors/upstream-error.js';
import { HOLD_REASONS, type HoldReason } from './call-observer.js';
import { currentPriority } from './call-priority.js';
import type { JsonAnswer, JsonClient, JsonRequest } from './json-client.js';
import { TOO_LATE } from './unless-too-late.js';
import { HeldBack, type RateLimit, type RateLimiter } from './rate-limiter.js';
import { BreakerOpen } from './vendor-breaker.js';
import { currentCallLog, type VendorCall } from './vendor-calls.js';

/** Code of a call that we held back ourselves, for others of ours are before it; nothing failed. */
export const HELD_BACK: HoldReason = 'held_back';

/** Code of a call that we held back ourselves, for the day's calls are made. */
export const DAY_USED_UP: HoldReason = 'day_used_up';

/** Code of a call that we held back ourselves, for the vendor asked for a pause. */
export const VENDOR_PAUSE: HoldReason = 'vendor_pause';

/** Code of a call that was not made because the calls before it say that the vendor is down (F4). */
const BREAKER_OPEN: HoldReason = 'breaker_open';

const OWN_CODES: ReadonlySet<string | undefined> = new Set(HOLD_REASONS);

/** It was us who did not make the call; to ask again before `retryAfterMs` is in vain, and no try was used up. */
export const isPostponed = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && error.details.fate === 'not_sent' && OWN_CODES.has(error.details.code);

/** Makes calls no faster than the vendor allows, slower once it complains (F3), and none while it is down (F4). */
export class PacedClient {
  constructor(
    private readonly http: JsonClient,
    private readonly limiter: RateLimiter,
    private readonly limit: RateLimit,
  ) {}

  /**
   * @param limitKey names the account under which the call is counted, and whose breaker it goes through
   * @throws UpstreamError; with `not_sent` and a code of ours when it is us who hold the call back
   */
  async send<T>(limitKey: string, request: JsonRequest<T>): Promise<JsonAnswer<T>> {
    const operation = operationOf(request);
    // Says nothing of the vendor, and is not to be counted as if it did.
    this.http.assertMaySend(request);
    try {
      // Before its turn is asked for: a call that is not made must not use one up.
      this.http.breakers.check(limitKey);
      await this.limiter.acquire(limitKey, this.limit, currentPriority());
      if (request.notAfter !== undefined && this.http.now() > request.notAfter) throw tooLate(request);
      return await this.http.breakers.run({ vendor: request.api.vendor, limitKey, operation }, () =>
        this.tell(request),
      );
    } catch (error) {
      const ours = error instanceof HeldBack || error instanceof BreakerOpen;
      const failure = ours ? ownRefusal(request, error) : error;
      if (isPostponed(failure)) {
        this.http.observer.heldBack(request.api.vendor, failure.details.code as HoldReason);
        throw failure;
      }
      if (error instanceof UpstreamError && error.failure === 'rate_limited') {
        // What the vendor answered must reach the caller, also when this fails.
        await this.limiter.slowDown(limitKey, this.limit, error.details.retryAfterMs).catch(() => undefined);
      }
      throw error;
    }
  }

  /** What we hold back ourselves is no call, and is not told. */
  private async tell<T>(request: JsonRequest<T>): Promise<JsonAnswer<T>> {
    const called = startOfCall(request, this.http.now());
    try {
      const answer = await this.http.send(request);
      called.ended('answered', answer.status);
      return answer;
    } catch (error) {
      if (error instanceof UpstreamError && error.details.code !== TOO_LATE)
        called.ended(error.failure, error.details.status);
      throw error;
    }
  }
}

/** It waited too long for its turn, or stood still: who looks for what it did would no longer find it. */
const tooLate = (request: JsonRequest<unknown>): UpstreamError =>
  new UpstreamError('timed_out', {
    vendor: request.api.vendor,
    operation: operationOf(request),
    fate: 'not_sent',
    code: TOO_LATE,
  });

const operationOf = ({ method, route }: JsonRequest<unknown>): string => `${method} ${route}`;

/** Keeps how a call went for whoever tells the story of the work that it is made for. */
function startOfCall(request: JsonRequest<unknown>, at: Date) {
  const startedMs = performance.now();
  return {
    ended(outcome: VendorCall['outcome'], status: number | undefined): void {
      currentCallLog()?.add({
        at,
        vendor: request.api.vendor,
        operation: operationOf(request),
        outcome,
        status: status ?? null,
        durationMs: Math.round(performance.now() - startedMs),
      });
    },
  };
}

function ownRefusal(request: JsonRequest<unknown>, error: HeldBack | BreakerOpen): UpstreamError {
  return new UpstreamError(error instanceof BreakerOpen ? 'unavailable' : 'rate_limited', {
    vendor: request.api.vendor,
    operation: operationOf(request),
    fate: 'not_sent',
    code: codeOf(error),
    retryAfterMs: error.retryAfterMs,
  });
}

function codeOf(error: HeldBack | BreakerOpen): HoldReason {
  if (error instanceof BreakerOpen) return BREAKER_OPEN;
  if (error.reason === 'day_used_up') return DAY_USED_UP;
  return error.isVendorsPause ? VENDOR_PAUSE : HELD_BACK;
}
