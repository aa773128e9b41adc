import { describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.js';
import { SetClock } from '../../../test/support/set-clock.js';
import { currentPriority, withPriority } from './call-priority.js';
import { ExpiringCache } from './expiring-cache.js';

describe('the expiring cache', () => {
  const filled = () => {
    const clock = new SetClock();
    const cache = new ExpiringCache<number>({ ttlMs: 1_000, maxEntries: 2 }, clock);
    let loads = 0;
    const load = () => Promise.resolve(++loads);
    return { clock, cache, load };
  };

  it('answers from memory until the time is up', async () => {
    const { cache, clock, load } = filled();
    expect(await cache.get('a', load)).toBe(1);
    clock.advance(999);
    expect(cache.has('a')).toBe(true);
    expect(await cache.get('a', load)).toBe(1);
    clock.advance(1);
    expect(cache.has('a')).toBe(false);
    expect(await cache.get('a', load)).toBe(2);
  });

  it('loads anew when asked to, and keeps that', async () => {
    const { cache, clock, load } = filled();
    await cache.get('a', load);
    clock.advance(1);
    expect(await cache.getSince('a', load, clock.now())).toBe(2);
    expect(await cache.get('a', load)).toBe(2);
  });

  it('answers with what was asked for since a moment, loading it once for all who need it (M3, M5)', async () => {
    const { cache, clock, load } = filled();
    expect(await cache.getSince('a', load, undefined)).toBe(1);
    expect(await cache.getSince('a', load, clock.now())).toBe(1);
    clock.advance(1);
    const since = clock.now();
    expect(await cache.getSince('a', load, undefined)).toBe(1);
    expect(await Promise.all([cache.getSince('a', load, since), cache.getSince('a', load, since)])).toEqual([
      2, 2,
    ]);
    expect(await cache.get('a', load)).toBe(2);
  });

  it('does not take what was asked for before, and came later, for new (M3, M5)', async () => {
    const clock = new SetClock();
    const cache = new ExpiringCache<string>({ ttlMs: 1_000, refreshAfterMs: 500, maxEntries: 2 }, clock);
    await cache.get('a', async () => 'old');
    clock.advance(500);
    const { promise, resolve } = Promise.withResolvers<string>();
    await cache.get('a', () => promise);
    clock.advance(1);
    const since = clock.now();
    clock.advance(1);
    resolve('of before');
    await eventually(async () => expect(await cache.get('a', async () => 'unused')).toBe('of before'));
    expect(await cache.getSince('a', async () => 'new', since)).toBe('new');
  });

  it('lets ten checks of a key through at once, then one in half a minute, and others by their own count (F3)', async () => {
    const clock = new SetClock();
    const cache = new ExpiringCache<number>({ ttlMs: 3_600_000, maxEntries: 2 }, clock);
    let loads = 0;
    const load = () => Promise.resolve(++loads);
    const checks = async (key: string, count: number): Promise<number> => {
      const before = loads;
      for (let n = 0; n < count; n++) {
        clock.advance(1);
        await cache.getSince(key, load, clock.now());
      }
      return loads - before;
    };
    for (const key of ['a', 'b']) await cache.get(key, load);
    expect(await checks('a', 20)).toBe(10);
    expect(await checks('b', 1)).toBe(1);
    clock.advance(29_000);
    expect(await checks('a', 5)).toBe(0);
    clock.advance(1_000);
    expect(await checks('a', 5)).toBe(1);
    clock.advance(300_000);
    expect(await checks('a', 20)).toBe(10);
  });

  it('loads anew what it keeps since its clock was ahead, and checks it as ever', async () => {
    const { cache, clock, load } = filled();
    clock.advance(3_600_000);
    await cache.get('a', load);
    for (let n = 0; n < 10; n++) {
      clock.advance(1);
      await cache.getSince('a', load, clock.now());
    }
    clock.advance(-3_600_000);
    expect(cache.has('a')).toBe(false);
    expect(await cache.getSince('a', load, clock.now())).toBe(12);
    expect(cache.has('a')).toBe(true);
    clock.advance(1);
    expect(await cache.getSince('a', load, clock.now())).toBe(13);
  });

  it('loads once for callers that ask at the same time', async () => {
    const { cache, load } = filled();
    expect(await Promise.all([cache.get('a', load), cache.get('a', load)])).toEqual([1, 1]);
  });

  it('loads anew behind an answer that is getting old, and keeps the old one while that fails', async () => {
    const { clock, load } = filled();
    const limits = { ttlMs: 1_000, refreshAfterMs: 500, maxEntries: 2 };
    const cache = new ExpiringCache<number>(limits, clock);
    expect(await cache.get('a', load)).toBe(1);
    clock.advance(500);
    expect(await cache.get('a', () => Promise.reject(new Error('down')))).toBe(1);
    expect(await cache.get('a', load)).toBe(1);
    await eventually(async () => expect(await cache.get('a', load)).toBe(2));
    clock.advance(999);
    expect(await cache.get('a', load)).toBe(2);
  });

  it('lets others go before a load that nobody waits for, whoever asked', async () => {
    const clock = new SetClock();
    const limits = { ttlMs: 1_000, refreshAfterMs: 500, maxEntries: 2 };
    const cache = new ExpiringCache<string>(limits, clock);
    const ask = () => withPriority('interactive', () => cache.get('a', async () => currentPriority()));
    expect(await ask()).toBe('interactive');
    clock.advance(500);
    await eventually(async () => expect(await ask()).toBe('background'));
  });

  it('does not keep a failure', async () => {
    const { cache, load } = filled();
    await expect(cache.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await cache.get('a', load)).toBe(1);
  });

  it('lets the oldest go when it is full', async () => {
    const { cache, load } = filled();
    for (const key of ['a', 'b', 'c']) await cache.get(key, load);
    expect(await cache.get('c', load)).toBe(3);
    expect(await cache.get('b', load)).toBe(2);
    expect(await cache.get('a', load)).toBe(4);
  });
});
