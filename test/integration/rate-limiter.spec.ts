import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import type { CallPriority } from '../../src/platform/http/call-priority.js';
import { paceOf } from '../../src/platform/http/pace.js';
import { RateBuckets } from '../../src/platform/http/rate-buckets.js';
import type { RateLimit } from '../../src/platform/http/rate-limiter.js';
import { SharedRateLimiter } from '../../src/platform/http/shared-rate-limiter.js';
import { SimulatedTime } from '../support/simulated-time.js';
import { openTestDataSource } from '../support/test-data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const template = inject('databaseTemplate');

const FAST = { requestsPerSecond: 50, burst: 20 };
const ONE_AN_HOUR = { requestsPerSecond: 1 / 3_600, burst: 4 };

/** Timers count whole milliseconds, by a clock that may be behind by another one. */
const EARLY_MS = 2;

/** When a call is granted to be made, as far as that is known to whoever asked. */
interface Slot {
  earliestMs: number;
  latestMs: number;
}

const NOON = new Date('2026-11-26T12:00:00Z');

describe('a limit that all replicas share (F3)', () => {
  let database: TestDatabase;
  /** Two replicas; the embedded database has one only. */
  let sources: ServiceDataSource[];
  beforeAll(async () => {
    database = await createTestDatabase(template);
    sources = [await openTestDataSource(database)];
    if (template.kind === 'server') sources.push(await openTestDataSource(database));
  });
  afterAll(async () => {
    for (const source of sources) await source.destroy();
    await database.drop();
  });

  const source = (replica: number) => sources[replica % sources.length] as ServiceDataSource;

  /** In how many milliseconds the call may be made; null when nothing was reserved. */
  const reserve = async (key: string, limit: RateLimit, priority: CallPriority, replica = 0) => {
    const { outcome, waitMs } = await new RateBuckets(source(replica)).reserve(key, paceOf(limit, priority));
    return outcome === 'granted' ? waitMs : null;
  };

  it('lets no more than burst and rate through in any span of time, however many ask', async () => {
    const slots: Slot[] = [];
    const limiters = [0, 1].map((replica) => new SharedRateLimiter(toldOf(slots, source(replica))));
    const calls = await callAll(limiters, 'crowd', FAST, { callers: 12, callsEach: 10 });
    expect(calls).toHaveLength(120);
    expect(slots).toHaveLength(120);
    expect(mostAboveLimit(slots, FAST)).toBeLessThanOrEqual(0);
    // None is made before its time; how late one is made is up to the machine.
    const earliest = slots.map(({ earliestMs }) => earliestMs).toSorted((a, b) => a - b);
    for (const [n, atMs] of calls.entries()) expect(atMs).toBeGreaterThan((earliest[n] ?? 0) - EARLY_MS);
  });

  it('is exact by the clock of the database, whatever the priorities', async () => {
    const priorities = ['interactive', 'background', 'order'] as const;
    const slots: number[] = [];
    const ask = async (asker: number) => {
      for (let n = 0; n < 40; n++) {
        const { stepMs, toleranceMs, horizonMs } = paceOf(FAST, priorities[(asker + n) % 3] ?? 'order');
        const [answer] = await source(asker).query<{ outcome: string; at: number }[]>(
          `SELECT outcome, extract(epoch FROM clock_timestamp())::float8 * 1000 + wait_ms AS at
           FROM reserve_call('exact', $1, $2, $3, NULL)`,
          [stepMs, toleranceMs, horizonMs],
        );
        if (answer?.outcome === 'granted') slots.push(answer.at);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, asker) => ask(asker)));
    expect(slots.length).toBeGreaterThan(FAST.burst);
    expect(mostAboveLimit(slots.map(exactly), FAST)).toBeLessThanOrEqual(0);
  });

  it('grants the burst at once, and gives it back after a pause and no more than that', async () => {
    // The fifth is an hour ahead, and the guard of 25 ms on top, when the first is made; only as much as has gone by since
    // may be taken off. What is more than an hour ahead is not reserved: within 25 ms it is refused for sure.
    const HOUR_MS = 3_600_000;
    let begunMs = performance.now();
    const expectNotDue = (waitMs: number | null): void => {
      const leastMs = HOUR_MS + 25 - (performance.now() - begunMs);
      expect(waitMs ?? Infinity).toBeGreaterThanOrEqual(leastMs);
      expect(waitMs ?? 0).toBeLessThanOrEqual(HOUR_MS);
    };
    const waits: (number | null)[] = [];
    for (let n = 0; n < 5; n++) waits.push(await reserve('pause', ONE_AN_HOUR, 'interactive', n));
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
    // The last of a burst is granted a little later than the others, so that the vendor never sees too many.
    expect(waits[3]).toBeLessThan(26);
    expectNotDue(waits[4] ?? null);
    const rested = "UPDATE rate_buckets SET paid_until = now() - interval '9 days' WHERE key = 'pause'";
    await source(0).query(rested);
    begunMs = performance.now();
    for (let n = 0; n < 4; n++) expect(await reserve('pause', ONE_AN_HOUR, 'interactive')).toBeLessThan(26);
    expectNotDue(await reserve('pause', ONE_AN_HOUR, 'interactive'));
  });

  it('comes back to its pace by itself', async () => {
    const limit = { requestsPerSecond: 1, burst: 2 };
    const buckets = new RateBuckets(source(0));
    await buckets.slowDown('mends', 0, 30_000);
    const { stepMs, toleranceMs, horizonMs } = paceOf(limit, 'interactive');
    /** What a call costs, which is made between the beginning of the transaction and its last statement. */
    const costOfCall = () =>
      source(0).transaction(async (manager) => {
        await manager.query(`SELECT reserve_call('mends', $1, $2, $3, NULL)`, [
          stepMs,
          toleranceMs,
          horizonMs,
        ]);
        const [row] = await manager.query<{ least: number; most: number }[]>(
          `SELECT extract(epoch FROM paid_until - clock_timestamp())::float8 * 1000 AS least,
                  extract(epoch FROM paid_until - now())::float8 * 1000 AS most
           FROM rate_buckets WHERE key = 'mends'`,
        );
        return row;
      });
    expect((await costOfCall())?.most).toBeGreaterThanOrEqual(2_000);
    await source(0).query(
      `UPDATE rate_buckets SET paid_until = '-infinity', slow_until = now() WHERE key = 'mends'`,
    );
    expect((await costOfCall())?.least).toBeLessThanOrEqual(1_000);
  });
});

describe('a limit that all replicas share, where nobody is late (F3)', () => {
  let database: TestDatabase;
  let sources: ServiceDataSource[];
  let time: SimulatedTime;
  beforeAll(async () => {
    database = await createTestDatabase(template);
    sources = [await openTestDataSource(database)];
    if (template.kind === 'server') sources.push(await openTestDataSource(database));
    time = await SimulatedTime.begin(sources[0] as ServiceDataSource);
  });
  beforeEach(() => time.setTo(NOON));
  afterAll(async () => {
    for (const source of sources) await source.destroy();
    await database.drop();
  });

  const buckets = (replica: number) => time.buckets(sources[replica % sources.length] as ServiceDataSource);
  const limiters = () =>
    [0, 1].map((replica) => new SharedRateLimiter(buckets(replica), time)) as [
      SharedRateLimiter,
      SharedRateLimiter,
    ];

  it('lets as much as burst and rate through, and no more', async () => {
    const calls = await time.during(
      callAll(limiters(), 'crowd', FAST, { callers: 12, callsEach: 10 }, time.nowMs),
    );
    expect(calls).toHaveLength(120);
    expect(mostAboveLimit(calls.map(exactly), FAST)).toBeLessThanOrEqual(0);
    // 100 calls after the burst at 50/s are two seconds.
    const tookMs = (calls.at(-1) ?? 0) - (calls[0] ?? 0);
    expect(tookMs).toBeGreaterThan(1_800);
    expect(tookMs).toBeLessThan(3_000);
  });

  it('keeps a backlog of one customer from slowing another', async () => {
    const [first, second] = limiters();
    const backlog = callAll([first], 'busy', FAST, { callers: 10, callsEach: 8 }, time.nowMs);
    const idle = callAll([second], 'idle', FAST, { callers: 1, callsEach: 8 }, time.nowMs);
    const [others, own] = await time.during(Promise.all([backlog, idle]));
    expect(others).toHaveLength(80);
    expect(own).toEqual(Array.from({ length: 8 }, () => 0));
  });

  it('lets calls that somebody waits for pass a backlog', async () => {
    const [first, second] = limiters();
    const backlog = callAll([first], 'queue', FAST, { callers: 10, callsEach: 10 }, time.nowMs);
    const pace = paceOf(FAST, 'background');
    const passing = async () => {
      // The backlog has used up what it may once one more call of its kind has to wait.
      while ((await buckets(1).reserve('queue', pace)).outcome === 'granted') continue;
      const startMs = time.nowMs();
      for (let n = 0; n < 3; n++) await second.acquire('queue', FAST, 'interactive');
      return time.nowMs() - startMs;
    };
    const [calls, waitedMs] = await time.during(Promise.all([backlog, passing()]));
    expect(calls).toHaveLength(100);
    expect(waitedMs).toBe(0);
  });

  it('halves the pace for all replicas after a complaint, and takes the burst away', async () => {
    const [first, second] = limiters();
    await first.slowDown('slow', FAST);
    const calls = await time.during(
      callAll([second], 'slow', FAST, { callers: 2, callsEach: 10 }, time.nowMs),
    );
    expect((calls.at(-1) ?? 0) - (calls[0] ?? 0)).toBeGreaterThan(19 * 40 - 1);
    // The database counts in microseconds.
    const slow = { requestsPerSecond: 25, burst: 1 };
    expect(mostAboveLimit(calls.map(exactly), slow)).toBeLessThan(0.001);
  });

  it('is silent for as long as the vendor asks, and holds calls back instead of waiting', async () => {
    const [first, second] = limiters();
    await first.slowDown('silent', FAST, 40_000);
    const held = await second.acquire('silent', FAST, 'order').catch((error: unknown) => error);
    expect(held).toMatchObject({ reason: 'pace' });
    expect((held as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(39_000);
    expect((held as { retryAfterMs: number }).retryAfterMs).toBeLessThan(41_000);
  });

  it('counts the calls of a day, and keeps the last of them for new orders', async () => {
    const limit = { requestsPerSecond: 1_000, burst: 1_000, requestsPerDay: 20 };
    const [first, second] = limiters();
    for (let n = 0; n < 9; n++) await first.acquire('day', limit, 'background');
    for (let n = 0; n < 9; n++) await second.acquire('day', limit, 'interactive');
    const held = await first.acquire('day', limit, 'background').catch((error: unknown) => error);
    // Until midnight.
    expect(held).toMatchObject({ reason: 'day_used_up', retryAfterMs: 12 * 3_600_000 });
    for (let n = 0; n < 2; n++) await second.acquire('day', limit, 'order');
    await expect(second.acquire('day', limit, 'order')).rejects.toMatchObject({ reason: 'day_used_up' });

    const [source] = sources as [ServiceDataSource];
    await source.query(`UPDATE rate_buckets SET day = day - 1 WHERE key = 'day'`);
    await first.acquire('day', limit, 'background');
    const [row] = await source.query<unknown[]>(`SELECT calls_of_day FROM rate_buckets WHERE key = 'day'`);
    expect(row).toEqual({ calls_of_day: 1 });
  });
});

/** Those of a database, which also tell of what they granted. */
function toldOf(slots: Slot[], database: ServiceDataSource): Pick<RateBuckets, 'reserve' | 'slowDown'> {
  const buckets = new RateBuckets(database);
  return {
    slowDown: (...told) => buckets.slowDown(...told),
    reserve: async (...asked) => {
      const askedMs = performance.now();
      const answer = await buckets.reserve(...asked);
      if (answer.outcome === 'granted') {
        slots.push({
          earliestMs: askedMs + answer.waitMs,
          latestMs: performance.now() + answer.waitMs,
        });
      }
      return answer;
    },
  };
}

const exactly = (atMs: number): Slot => ({ earliestMs: atMs, latestMs: atMs });

/** Calls as fast as the limiters let, and answers when each call was made, in milliseconds and in order. */
async function callAll(
  limiters: readonly SharedRateLimiter[],
  key: string,
  limit: RateLimit,
  { callers, callsEach }: { callers: number; callsEach: number },
  nowMs = () => performance.now(),
): Promise<number[]> {
  const calls: number[] = [];
  const call = async (limiter: SharedRateLimiter) => {
    for (let n = 0; n < callsEach; n++) {
      await limiter.acquire(key, limit, 'background');
      calls.push(nowMs());
    }
  };
  await Promise.all(
    Array.from({ length: callers }, (_, n) => call(limiters[n % limiters.length] as SharedRateLimiter)),
  );
  return calls.toSorted((a, b) => a - b);
}

/** By how many calls the worst span of time is above burst and rate. */
function mostAboveLimit(slots: readonly Slot[], limit: RateLimit): number {
  let worst = -Infinity;
  for (const { earliestMs } of slots) {
    for (const { latestMs } of slots) {
      if (latestMs < earliestMs) continue;
      const within = slots.filter((slot) => slot.earliestMs >= earliestMs && slot.latestMs <= latestMs);
      const allowed = limit.burst + (limit.requestsPerSecond * (latestMs - earliestMs)) / 1_000;
      worst = Math.max(worst, within.length - allowed);
    }
  }
  return worst;
}
