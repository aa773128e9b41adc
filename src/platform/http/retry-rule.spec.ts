import { describe, expect, it } from 'vitest';
import { UPSTREAM_FAILURES, UpstreamError, type UpstreamFailure } from '../errors/upstream-error.js';
import { DEFAULT_RETRY_RULE as RULE, nextAttempt } from './retry-rule.js';

const failed = (failure: UpstreamFailure, retryAfterMs?: number) =>
  new UpstreamError(failure, {
    vendor: 'Acme',
    operation: 'GET /',
    fate: 'answered',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

const delayMs = (...of: Parameters<typeof nextAttempt>) => {
  const next = nextAttempt(...of);
  return next.retry ? next.delayMs : NaN;
};

describe('a failed call (F2)', () => {
  it.each(UPSTREAM_FAILURES.filter((failure) => failure !== 'rejected'))(
    'is made again when it was %s',
    (failure) => expect(nextAttempt(failed(failure), 1, 0.5)).toMatchObject({ retry: true }),
  );

  it('is not made again when it was rejected, whatever the vendor says about waiting', () => {
    expect(nextAttempt(failed('rejected', 1_000), 1, 0.5)).toEqual({ retry: false, reason: 'rejected' });
  });

  it('is not made again when its attempts are used up', () => {
    expect(nextAttempt(failed('unavailable'), RULE.maxAttempts - 1, 0.5).retry).toBe(true);
    expect(nextAttempt(failed('unavailable'), RULE.maxAttempts, 0.5)).toEqual({
      retry: false,
      reason: 'attempts_used_up',
    });
  });

  it('waits twice as long at most each time, up to a cap', () => {
    expect([1, 2, 3, 4].map((attempt) => delayMs(failed('unavailable'), attempt, 1))).toEqual([
      1_000, 2_000, 4_000, 8_000,
    ]);
    expect(delayMs(failed('unavailable'), 11, 1)).toBe(RULE.maxDelayMs);
  });

  it('waits any time from nothing up to that, by chance', () => {
    expect(delayMs(failed('timed_out'), 3, 0)).toBe(0);
    expect(delayMs(failed('timed_out'), 3, 0.25)).toBe(1_000);
  });

  it('never waits for less than the vendor asked for', () => {
    expect(delayMs(failed('rate_limited', 30_000), 1, 0)).toBe(30_000);
    expect(delayMs(failed('unavailable', 30_000), 1, 0.5)).toBe(30_500);
  });

  it('does not wait for days because a vendor says so', () => {
    expect(delayMs(failed('unavailable', 9e9), 1, 0)).toBe(RULE.maxRetryAfterMs);
  });

  it('is made again every few minutes while it is not authorized (S3)', () => {
    expect(delayMs(failed('unauthorized'), 1, 0)).toBe(3 * 60_000);
    expect(delayMs(failed('unauthorized'), 5, 1)).toBe(6 * 60_000);
  });
});
