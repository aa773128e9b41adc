import { describe, expect, it } from 'vitest';
import { UpstreamError, type UpstreamFailure } from '../errors/upstream-error.js';
import type { RetryPolicy } from './job-definition.js';
import { WaitsForPerson } from './waits-for-person.js';
import { countsAsTry, retryDelayMs, unauthorizedDelayMs } from './retry-delay.js';

const policy: RetryPolicy = { maxAttempts: 5, firstDelayMs: 1_000, maxDelayMs: 300_000 };
const patient: RetryPolicy = { ...policy, maxAttempts: null };

const failed = (failure: UpstreamFailure, retryAfterMs?: number): UpstreamError =>
  new UpstreamError(failure, {
    vendor: 'Lever',
    operation: 'GET /stages',
    fate: 'answered',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

describe('when a failed job is tried again (F2)', () => {
  it('waits twice as long each time, up to a limit', () => {
    const delays = [1, 2, 3, 4, 20].map((attempt) =>
      retryDelayMs(patient, failed('unavailable'), attempt, 0),
    );
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 150_000]);
  });

  it('spreads waits over their upper half', () => {
    expect(retryDelayMs(policy, failed('timed_out'), 1, 0)).toBe(500);
    expect(retryDelayMs(policy, failed('timed_out'), 1, 1)).toBe(1_000);
  });

  it('never comes back before the vendor asked it to, nor later than an hour after', () => {
    expect(retryDelayMs(policy, failed('rate_limited', 30_000), 1, 0)).toBe(30_500);
    expect(retryDelayMs(policy, failed('rate_limited', 9e9), 1, 0)).toBe(3_600_500);
  });

  it('comes back every few minutes while a credential is refused (S3)', () => {
    expect(retryDelayMs(patient, failed('unauthorized'), 1, 0)).toBe(90_000);
    expect(retryDelayMs(patient, failed('unauthorized'), 1, 1)).toBe(180_000);
    expect(retryDelayMs(patient, failed('unauthorized'), 50, 1)).toBe(300_000);
  });

  it('comes back when `Error` is due, where that is sooner (S3)', () => {
    expect(unauthorizedDelayMs(900)).toBe(180_000);
    expect(unauthorizedDelayMs(0)).toBe(180_000);
    expect(unauthorizedDelayMs(3)).toBe(3_000);
    expect(retryDelayMs(patient, failed('unauthorized'), 1, 1, 3_000)).toBe(3_000);
    expect(retryDelayMs(patient, failed('unauthorized'), 5, 0, 3_000)).toBe(8_000);
  });

  it('does not come back while a credential is refused, where someone else takes the work up again (S3, F3)', () => {
    const letGo: RetryPolicy = { ...policy, letGo: true };
    expect(retryDelayMs(letGo, failed('unauthorized'), 1, 0)).toBeNull();
    expect(retryDelayMs(letGo, failed('unauthorized', 1_000), 1, 0)).toBeNull();
    expect(retryDelayMs(letGo, failed('unavailable'), 1, 0)).toBe(500);
  });

  it('gives up when the tries are used up, and never when there is no limit', () => {
    expect(retryDelayMs(policy, new Error('bug'), 5, 0)).toBeNull();
    expect(retryDelayMs(policy, new Error('bug'), 4, 0)).toBe(4_000);
    expect(retryDelayMs(patient, new Error('bug'), 10_000, 0)).toBe(150_000);
  });

  it.each([
    ['rate_limited', 'held_back'],
    ['rate_limited', 'day_used_up'],
    ['unavailable', 'breaker_open'],
  ] as const)('does not count a call that we did not make ourselves: %s, %s (F4)', (failure, code) => {
    const postponed = new UpstreamError(failure, {
      vendor: 'Lever',
      operation: 'GET /stages',
      fate: 'not_sent',
      code,
      retryAfterMs: 4_000,
    });
    expect(countsAsTry(postponed)).toBe(false);
    for (const attempt of [1, 5, 500]) {
      expect(retryDelayMs(policy, postponed, attempt, 0)).toBe(4_000);
      expect(retryDelayMs(policy, postponed, attempt, 1)).toBe(6_000);
    }
    expect(countsAsTry(failed('unavailable', 4_000))).toBe(true);
  });

  it('does not count what a person has to make possible first, however often it is tried (I6)', () => {
    const waits = new WaitsForPerson(new Error('not connected'));
    expect(countsAsTry(waits)).toBe(false);
    for (const attempt of [1, 5, 500]) {
      expect(retryDelayMs(policy, waits, attempt, 0)).toBe(150_000);
      expect(retryDelayMs(policy, waits, attempt, 1)).toBe(300_000);
    }
  });
});
