import { describe, expect, it } from 'vitest';
import type { Reservation } from './rate-buckets.js';
import { HeldBack } from './rate-limiter.js';
import { SharedRateLimiter } from './shared-rate-limiter.js';

const LIMIT = { requestsPerSecond: 10, burst: 21 };
const HORIZON_MS = 493.75;

/** A limiter whose database answers what it is told, the last answer for ever, and whose waits take no time. */
function limited(...answers: Reservation[]) {
  let nowMs = 0;
  const waits: number[] = [];
  const slowed: unknown[] = [];
  const limiter = new SharedRateLimiter(
    {
      reserve: async () => (answers.length > 1 ? answers.shift() : answers[0]) as Reservation,
      slowDown: async (...told) => void slowed.push(told),
    },
    {
      nowMs: () => nowMs,
      wait: async (ms) => {
        waits.push(ms);
        nowMs += ms;
      },
      random: () => 0.5,
    },
  );
  return { waits, slowed, limiter, acquire: () => limiter.acquire('a', LIMIT, 'background') };
}

describe('the rate limiter (F3)', () => {
  it('waits for the slot that was reserved', async () => {
    const { acquire, waits } = limited({ outcome: 'granted', waitMs: 120 });
    await acquire();
    expect(waits).toEqual([120]);
  });

  it('does not wait for a slot of now', async () => {
    const { acquire, waits } = limited({ outcome: 'granted', waitMs: 0 });
    await acquire();
    expect(waits).toEqual([]);
  });

  it('asks again, not together with everybody else, while others are before it', async () => {
    const { acquire, waits } = limited(
      { outcome: 'ask_again', waitMs: 300 },
      { outcome: 'granted', waitMs: HORIZON_MS },
    );
    await acquire();
    expect(waits).toEqual([300 + HORIZON_MS / 4, HORIZON_MS]);
  });

  it('holds a call back after 5 s, and says when to come again', async () => {
    const { acquire, waits } = limited({ outcome: 'ask_again', waitMs: 2_000 });
    const held = await acquire().catch((error: unknown) => error);
    expect(held).toBeInstanceOf(HeldBack);
    expect(held).toMatchObject({ reason: 'pace', retryAfterMs: 2_000 });
    const waited = waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(3_000 - HORIZON_MS);
    expect(waited).toBeLessThan(5_000 + HORIZON_MS);
  });

  it('holds a call back at once when the wait is sure to be too long', async () => {
    const { acquire, waits } = limited({ outcome: 'ask_again', waitMs: 5_000.5 });
    await expect(acquire()).rejects.toMatchObject({ reason: 'pace', retryAfterMs: 5_001 });
    expect(waits).toEqual([]);
  });

  it.each([
    [5_001, 'a', false],
    [60_000, 'b', true],
  ])(
    'knows a pause of the vendor from a backlog of ours, where a wait of %i ms at the pace of %s is %s',
    async (waitMs, account, isVendorsPause) => {
      const pace = account === 'a' ? { requestsPerSecond: 1, burst: 21 } : LIMIT;
      const { limiter } = limited({ outcome: 'ask_again', waitMs });
      const held = limiter.acquire(account, pace, 'background');
      await expect(held).rejects.toMatchObject({ reason: 'pace', isVendorsPause });
    },
  );

  it('holds a call back until midnight when the day is used up', async () => {
    const { acquire } = limited({ outcome: 'day_used_up', waitMs: 3_600_000 });
    await expect(acquire()).rejects.toMatchObject({ reason: 'day_used_up', retryAfterMs: 3_600_000 });
  });

  it('slows down for 30 s after the silence that a vendor asks for, of which it grants a minute', async () => {
    const { limiter, slowed } = limited({ outcome: 'granted', waitMs: 0 });
    await limiter.slowDown('a', LIMIT);
    await limiter.slowDown('a', LIMIT, 5_000);
    await limiter.slowDown('a', LIMIT, 3_600_000);
    expect(slowed).toEqual([
      ['a', 1_975, 30_000],
      ['a', 6_975, 35_000],
      ['a', 61_975, 90_000],
    ]);
  });
});
