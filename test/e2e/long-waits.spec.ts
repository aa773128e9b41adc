import { afterEach, describe, expect, it } from 'vitest';
import { RateBuckets } from '../../src/platform/http/rate-buckets.js';
import { SharedRateLimiter } from '../../src/platform/http/shared-rate-limiter.js';
import { eventually } from '../support/eventually.js';
import { Play, type SeenAdminOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const HOUR_MS = 3_600_000;

/** Orders that wait long must not look as if all were well. */
describe('an order that waits for long', () => {
  let service: TestService;
  let play: Play;
  const start = async (env: Record<string, string>): Promise<void> => {
    service = await startTestService({ METRICS_FRESH_SECONDS: '1', ...env });
    play = new Play(service);
    await play.setUp();
  };
  afterEach(() => service.stop());

  const pauseAskedBy = (vendor: string, match: object): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor,
      match,
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '3600' },
      times: null,
    });
  /** The vendor is well again, and its pause is over. */
  const over = async (): Promise<void> => {
    await play.drive('DELETE', '/faults');
    await service.database.query(
      `UPDATE rate_buckets SET paid_until = '-infinity', slow_until = '-infinity'`,
    );
  };
  const moved = async (): Promise<string> => {
    const id = await play.candidate();
    await play.move(id);
    return id;
  };
  const retry = ({ id }: SeenAdminOrder): Promise<unknown> =>
    service.admin.post(`/admin/v1/orders/${id}/retry`).expect(200);
  const late = async (): Promise<Record<string, number>> => {
    const { text } = await service.anyone.get('/metrics').expect(200);
    const series = [...text.matchAll(/^bgc_orders_late\{state="(\w+)"\} (\d+)$/gm)];
    return Object.fromEntries(series.map(([, state = '', count]) => [state, Number(count)]));
  };
  const victigKey = async (): Promise<string> => {
    const keys = await service.database.query<{ key: string }[]>(
      `SELECT key FROM rate_buckets WHERE key LIKE 'victig:%'`,
    );
    expect(keys).toHaveLength(1);
    return keys[0]?.key ?? '';
  };
  const troubleOf = (order: SeenAdminOrder) =>
    order['trouble'] as { failure: string; since: string; nextTryAt: string } | null;

  it('because VICTIG asked for an hour of silence shows Error in time, and is tried when VICTIG said (S3, F2)', async () => {
    await start({ ERROR_AFTER_SECONDS: '1' });
    await pauseAskedBy('victig', { method: 'POST', path: '/applicants$' });
    const id = await moved();
    await play.untilStatus(id, 'Error');
    const order = await play.order(id);
    expect(order).toMatchObject({ status: 'error', statusReason: 'rate_limited' });
    const trouble = troubleOf(order);
    expect(Date.parse(trouble?.nextTryAt ?? '') - Date.parse(trouble?.since ?? '')).toBeGreaterThan(
      0.9 * HOUR_MS,
    );
    await over();
    await retry(order);
    await play.untilStatus(id, 'Pending');
    await play.orderAtVictig(id);
  });

  it('because VICTIG asked another one for a pause says so, and shows Error, too (S3, F3)', async () => {
    await start({ ERROR_AFTER_SECONDS: '1' });
    await pauseAskedBy('victig', { method: 'POST', path: '/applicants$' });
    await play.untilStatus(await moved(), 'Error');
    const second = await moved();
    await play.untilStatus(second, 'Error');
    const order = await play.order(second);
    expect(order).toMatchObject({ status: 'error', statusReason: 'rate_limited' });
    expect(await play.timeline(order.id)).toContainEqual(
      expect.objectContaining({
        kind: 'trouble',
        data: { failure: 'rate_limited', message: 'VICTIG asked for a pause, and is not called' },
      }),
    );
    await over();
    await retry(order);
    await play.untilStatus(second, 'Pending');
  });

  it("because the day's calls are used up shows Error in time (S3, F3)", async () => {
    await start({ ERROR_AFTER_SECONDS: '1' });
    await service.database.query(`UPDATE rate_buckets SET calls_of_day = 20000 WHERE key LIKE 'victig:%'`);
    const id = await moved();
    await play.untilStatus(id, 'Error');
    const order = await play.order(id);
    expect(order).toMatchObject({ status: 'error', statusReason: 'rate_limited' });
    expect(await play.timeline(order.id)).toContainEqual(
      expect.objectContaining({
        kind: 'trouble',
        data: { failure: 'rate_limited', message: 'the calls of the day to VICTIG are used up' },
      }),
    );
  });

  it('but not for too long shows no Error, and is not late (S3)', async () => {
    await start({ ERROR_AFTER_SECONDS: '900' });
    await pauseAskedBy('victig', { method: 'POST', path: '/applicants$' });
    const id = await moved();
    await eventually(async () => expect(troubleOf(await play.order(id))).not.toBeNull());
    expect(await play.order(id)).toMatchObject({ status: 'received' });
    expect(await late()).toEqual({ undecided: 0, unplaced: 0 });
    // Now it is, and before it is tried again.
    service.clock.forward(901_000);
    await eventually(async () => expect(await late()).toEqual({ undecided: 0, unplaced: 1 }));
  });

  it('in a backlog of ours shows no Error, but that it waits for its turn (F3, S3)', async () => {
    const limit = { requestsPerSecond: 1, burst: 8 };
    await start({ ERROR_AFTER_SECONDS: '1', VICTIG_REQUESTS_PER_SECOND: '1', VICTIG_BURST: '8' });
    // What people ask for goes first, and leaves orders no turn.
    const key = await victigKey();
    const limiter = new SharedRateLimiter(new RateBuckets(service.database));
    const busy = new AbortController();
    let calls = 0;
    const people = Array.from({ length: 4 }, async () => {
      for (; !busy.signal.aborted; calls++) await limiter.acquire(key, limit, 'interactive');
    });
    await eventually(() => expect(calls).toBeGreaterThan(limit.burst));
    const id = await moved();
    await eventually(async () => {
      const waiting = { status: 'received', statusReason: 'waits_for_turn', trouble: null };
      expect(await play.order(id)).toMatchObject(waiting);
      expect(await late()).toEqual({ undecided: 0, unplaced: 1 });
    }, 60_000);
    busy.abort();
    await Promise.all(people);
    await play.untilStatus(id, 'Pending');
    const order = await play.order(id);
    expect(order.statusReason).toBeNull();
    const told = (await play.timeline(order.id)).filter(({ kind }) =>
      ['waits_for_turn', 'trouble', 'error_shown'].includes(kind),
    );
    expect(told).toMatchObject([{ kind: 'waits_for_turn', data: { vendor: 'VICTIG' } }]);
    await eventually(async () => expect(await late()).toEqual({ undecided: 0, unplaced: 0 }));
  }, 120_000);

  it('before it is opened, for Lever does not let us ask, is counted; one that is held is not (F3, T8)', async () => {
    await start({ ERROR_AFTER_SECONDS: '1' });
    await play.change({ settings: { holdSeconds: 600 } });
    const held = await moved();
    await eventually(async () => expect((await play.order(held)).status).toBe('received'));
    await pauseAskedBy('lever', {});
    await moved();
    await eventually(async () => expect(await late()).toEqual({ undecided: 1, unplaced: 0 }));
    service.clock.forward(602_000);
    await eventually(async () => expect(await late()).toEqual({ undecided: 1, unplaced: 1 }));
    // What is paused waits for a person who knows.
    await service.admin.post(`/admin/v1/installations/${play.installation.id}/pause`).expect(200);
    await eventually(async () => expect(await late()).toEqual({ undecided: 0, unplaced: 0 }));
  });
});
