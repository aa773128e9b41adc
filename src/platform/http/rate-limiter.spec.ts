import { describe, expect, it } from 'vitest';
import { SetClock } from '../../../test/support/set-clock.js';
import { InProcessRateLimiter } from './rate-limiter.js';

const LEVER = { requestsPerSecond: 10, burst: 20 };

describe('the rate limiter (F3)', () => {
  const limited = () => {
    const clock = new SetClock();
    const waits: number[] = [];
    const limiter = new InProcessRateLimiter(clock, (ms) => {
      waits.push(ms);
      return Promise.resolve();
    });
    const acquire = async (times: number, key = 'a') => {
      for (let n = 0; n < times; n++) await limiter.acquire(key, LEVER);
    };
    return { clock, waits, acquire };
  };

  it('lets a burst pass at once and spaces what follows', async () => {
    const { acquire, waits } = limited();
    await acquire(20);
    expect(waits).toEqual([]);
    await acquire(3);
    expect(waits).toEqual([100, 200, 300]);
  });

  it('never grants more than burst plus rate in any span of time', async () => {
    const { acquire, waits, clock } = limited();
    const grantedAtMs: number[] = [];
    const start = clock.now().getTime();
    for (let n = 0; n < 200; n++) {
      const before = waits.length;
      await acquire(1);
      grantedAtMs.push(clock.now().getTime() - start + (waits.length > before ? (waits.at(-1) ?? 0) : 0));
      clock.advance(n % 7 === 0 ? 130 : 3);
    }
    for (const from of grantedAtMs) {
      const inSecond = grantedAtMs.filter((at) => at >= from && at < from + 1000).length;
      expect(inSecond).toBeLessThanOrEqual(LEVER.burst + LEVER.requestsPerSecond);
    }
  });

  it('gives the burst back after a pause, and no more than that', async () => {
    const { acquire, waits, clock } = limited();
    await acquire(20);
    clock.advance(60_000);
    await acquire(21);
    expect(waits).toEqual([100]);
  });

  it('keeps one key from slowing another', async () => {
    const { acquire, waits } = limited();
    await acquire(20, 'a');
    await acquire(20, 'b');
    expect(waits).toEqual([]);
  });

  it('forgets keys that have rested, not those that have not', async () => {
    const { acquire, waits, clock } = limited();
    for (let n = 0; n < 1_000; n++) await acquire(1, `rested-${n}`);
    clock.advance(60_000);
    await acquire(20, 'busy');
    await acquire(1, 'new');
    await acquire(1, 'busy');
    expect(waits).toEqual([100]);
  });

  it('stops waiting when told to, and does not count the call', async () => {
    const limiter = new InProcessRateLimiter(new SetClock());
    const one = { requestsPerSecond: 1, burst: 1 };
    await limiter.acquire('a', one);
    const abort = new AbortController();
    const waiting = limiter.acquire('a', one, abort.signal);
    abort.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow('shutting down');
    await expect(limiter.acquire('a', one, abort.signal)).rejects.toThrow('shutting down');
  });
});
