import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { endHold } from '../support/holds.js';
import { OTHER_STAGE, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

describe('an outage of VICTIG', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ RECONCILE_INTERVAL_SECONDS: '1', ERROR_AFTER_SECONDS: '1' });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const outage = (match: object): Promise<unknown> =>
    play.drive('POST', '/faults', { vendor: 'victig', match, kind: 'status', status: 503, times: null });
  const over = (): Promise<unknown> => play.drive('DELETE', '/faults');

  it('while an order is followed shows Error, and what is true once it is over (S3)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.orderAtVictig(opportunityId);
    await outage({ method: 'GET' });
    await play.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await play.untilStatus(opportunityId, 'Error');
    const shown = await play.order(opportunityId);
    expect(shown).toMatchObject({ status: 'error', statusReason: 'unavailable' });

    await over();
    await play.untilStatus(opportunityId, 'In Progress');
    const moves = (await play.timeline(shown.id)).flatMap(({ to }) => (to === null ? [] : [to]));
    expect(moves).toEqual(['received', 'submitting', 'pending', 'error', 'in_progress']);
  });

  it("is not taken for VICTIG's own error, which lasts until VICTIG says something else (S4)", async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    const { id } = await play.order(opportunityId);
    const advance = (status: string): Promise<unknown> =>
      play.drive('POST', `/victig/orders/${orderGuid}/advance`, { status });
    const untilSeen = (expected: object): Promise<void> =>
      eventually(async () => expect(await play.order(opportunityId)).toMatchObject(expected));
    await outage({ method: 'GET' });
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    await play.untilStatus(opportunityId, 'Error');
    await untilSeen({ status: 'error', statusReason: 'unavailable' });
    await advance('internal-error');
    await over();
    const failed = { status: 'error', statusReason: 'victig_internal_error', trouble: null };
    await untilSeen({ ...failed, victig: { status: 'internal-error' } });
    expect(await play.timeline(id)).toContainEqual(
      expect.objectContaining({
        kind: 'observed',
        to: null,
        data: { rawStatus: 'internal-error', unknown: false },
      }),
    );
    const entries = await service.admin
      .get('/admin/v1/audit')
      .query({ orderId: id, action: 'order.reason_changed' })
      .expect(200);
    expect((entries.body as { items: object[] }).items).toMatchObject([
      { actor: 'job:refresh-order', data: { status: 'error', reason: 'victig_internal_error' } },
    ]);
    for (const status of ['archived', 'never heard of']) {
      await advance(status);
      await untilSeen({ ...failed, victig: { status } });
      await play.untilStatus(opportunityId, 'Error');
    }
    await advance('complete');
    await play.untilStatus(opportunityId, 'Complete');
    const moves = (await play.timeline(id)).flatMap(({ to }) => (to === null ? [] : [to]));
    expect(moves).toEqual(['received', 'submitting', 'pending', 'error', 'complete']);
  });

  it('before an order is placed shows Error, and orders once when it is over (S3, V4)', async () => {
    await outage({ method: 'POST', path: '/applicants$' });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Error');
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    await over();
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
  });

  it('before an order is placed shows Error as the settings of now have it, and nothing once its candidate has left (S1, T8)', async () => {
    await outage({ method: 'POST', path: '/applicants$' });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Error');
    await play.change({ settings: { statusPrefix: 'Screening:' } });
    const tags = async (): Promise<string[]> =>
      (await play.opportunity(opportunityId)).tags.filter((tag) => /^(Background|Screening)/.test(tag));
    await eventually(async () => expect(await tags()).toEqual(['Screening: Error']));
    await play.move(opportunityId, OTHER_STAGE);
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ status: 'canceled' }),
    );
    await eventually(async () => expect(await tags()).toEqual([]));
    await over();
    await play.change({ settings: { statusPrefix: 'Background Check Status:' } });
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
  });

  it('does not pile up jobs', async () => {
    const opportunityIds = await Promise.all(Array.from({ length: 5 }, () => play.candidate()));
    for (const id of opportunityIds) await play.move(id);
    for (const id of opportunityIds) await play.untilStatus(id, 'Pending');
    await outage({ method: 'GET' });
    const waiting = async (job: string): Promise<number> => {
      const [row] = await service.database.query<{ count: string }[]>(
        `SELECT count(*) FROM pgboss.job
         WHERE name = $1 AND state IN ('created', 'retry', 'active')`,
        [job],
      );
      return Number(row?.count);
    };
    const rounds = async (): Promise<number> => {
      const [row] = await service.database.query<{ count: string }[]>(
        `SELECT count(*) FROM pgboss.job WHERE name = 'reconcile-orders' AND state = 'completed'`,
      );
      return Number(row?.count);
    };
    const before = await rounds();
    await eventually(async () => expect(await rounds()).toBeGreaterThan(before + 5), 80_000);
    // Each open order is asked about once a second, and tried at most four times over about five seconds.
    const open = opportunityIds.length + 2;
    expect(await waiting('refresh-order')).toBeLessThanOrEqual(open * 8);
    expect(await waiting('reconcile-account')).toBeLessThanOrEqual(2);
    await over();
    for (const id of opportunityIds) await play.untilStatus(id, 'Pending');
  }, 180_000);
});

describe('an outage of VICTIG after which an order is held', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '1' });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  it('shows Error until then, nothing during the hold, and Pending after it (S3, T8)', async () => {
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: '/clients$' },
      kind: 'status',
      status: 503,
      times: null,
    });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Error');
    const { id } = await play.order(opportunityId);
    await play.change({ settings: { holdSeconds: 600 } });
    await service.admin.post(`/admin/v1/orders/${id}/retry`).expect(200);
    await eventually(async () => expect((await play.timeline(id)).map(({ kind }) => kind)).toContain('held'));
    await eventually(async () => {
      const { tags } = await play.opportunity(opportunityId);
      expect(tags.filter((tag) => tag.startsWith('Background Check'))).toEqual([]);
    });
    await play.drive('DELETE', '/faults');
    await endHold(play, id);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
  });
});
