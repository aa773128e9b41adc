import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EnforceRetention } from '../../src/orders/forgetting/enforce-retention.js';
import { RefreshOrder } from '../../src/orders/following/refresh-order.js';
import { OrderMapper } from '../../src/orders/placing/order-mapper.js';
import { ScreeningProvider } from '../../src/orders/ports/screening-provider.js';
import { eventually } from '../support/eventually.js';
import { leaveInHold } from '../support/holds.js';
import { leverWebhook, OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { roundOfReconciler } from '../support/round.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const ROUND_MS = 300_000;
const DAY_MS = 24 * 3_600_000;
const FLAGGED = { flagged: true, decision: 'Ineligible' };

interface Subject {
  opportunityId: string;
  orderId: string;
  orderGuid: string;
}

describe('an order that VICTIG canceled and takes up again', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ RECONCILE_INTERVAL_SECONDS: String(ROUND_MS / 1_000) });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const atVictig = ({ orderGuid }: Pick<Subject, 'orderGuid'>, act: string, body: object = {}) =>
    play.drive('POST', `/victig/orders/${orderGuid}/${act}`, body);
  const untilIdle = ({ orderId }: Pick<Subject, 'orderId'>): Promise<void> =>
    untilDone(service, ['refresh-order', 'report-progress'], { orderId });
  const refresh = ({ orderId }: Subject): Promise<void> =>
    service.part(RefreshOrder).handle({ installationId: play.installation.id, orderId });
  const placed = async (): Promise<Subject> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id: orderId } = await play.order(opportunityId);
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    return { opportunityId, orderId, orderGuid };
  };
  const canceled = async (before: readonly string[] = []): Promise<Subject> => {
    const subject = await placed();
    for (const act of before) await atVictig(subject, act);
    if (before.length > 0) await play.untilStatus(subject.opportunityId, 'In Progress');
    await atVictig(subject, 'cancel');
    await play.untilStatus(subject.opportunityId, 'Canceled');
    await untilIdle(subject);
    return subject;
  };
  const again = async (opportunityId: string): Promise<void> => {
    service.clock.forward(61_000);
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId);
  };
  const kept = async ({ orderId }: Subject) => {
    const [row] = await service.database.query<
      { status: string; statusReason: string | null; endedAt: Date | null; erasedAt: Date | null }[]
    >(
      `SELECT status, status_reason AS "statusReason", ended_at AS "endedAt", erased_at AS "erasedAt"
       FROM orders WHERE id = $1`,
      [orderId],
    );
    return row;
  };
  const moves = async ({ orderId }: Subject): Promise<unknown[]> => {
    const query = { orderId, action: 'order.moved' };
    const answer = await service.admin.get('/admin/v1/audit').query(query).expect(200);
    return (answer.body as { items: { data: unknown }[] }).items.map(({ data }) => data).toReversed();
  };

  /** Why moves into the stage ordered nothing. */
  const reasons = async ({ opportunityId }: Subject): Promise<string[]> => {
    const rows = await service.database.query<{ reason: string }[]>(
      `SELECT reason FROM deliveries
       WHERE source = 'lever' AND outcome = 'ignored' AND facts ->> 'opportunityId' = $1
         AND facts ->> 'says' IS NULL AND reason <> 'not_in_trigger_stage' ORDER BY id`,
      [opportunityId],
    );
    return rows.map(({ reason }) => reason);
  };

  it('is in progress again, then complete with its note, each on record (V2, S4, R4, A1)', async () => {
    const order = await canceled();
    expect(await kept(order)).toMatchObject({ status: 'canceled', endedAt: expect.any(Date) as Date });
    await atVictig(order, 'reopen');
    await refresh(order);
    await play.untilStatus(order.opportunityId, 'In Progress');
    expect(await kept(order)).toMatchObject({ status: 'in_progress', endedAt: null });
    await atVictig(order, 'complete', FLAGGED);
    const seen = await play.untilStatus(order.opportunityId, 'Complete');
    expect(seen.notes).toHaveLength(1);
    expect(seen.tags).toEqual(expect.arrayContaining(['Flag: True', 'Decision: Ineligible']));
    expect(await kept(order)).toMatchObject({ status: 'complete', endedAt: expect.any(Date) as Date });
    expect((await moves(order)).slice(-3)).toEqual([
      { from: 'pending', to: 'canceled', reason: null },
      { from: 'canceled', to: 'in_progress', reason: null },
      { from: 'in_progress', to: 'complete', reason: null },
    ]);
  });

  it('is complete, its note first, where that is all that is heard of it (V2, R4)', async () => {
    const order = await canceled();
    await atVictig(order, 'complete', FLAGGED);
    const seen = await play.untilStatus(order.opportunityId, 'Complete');
    expect(seen.notes).toHaveLength(1);
    expect(await play.order(order.opportunityId)).toMatchObject({ status: 'complete', ...FLAGGED });
    const kinds = (await play.timeline(order.orderId)).map(({ kind }) => kind);
    const since = kinds.slice(kinds.indexOf('results_taken'));
    expect(since.indexOf('note_posted')).toBeLessThan(since.indexOf('tags_set'));
  });

  it('is not behind where it was before, whatever VICTIG begins anew (S4)', async () => {
    const order = await canceled(['finish-quickapp']);
    await atVictig(order, 'advance', { status: 'app-pending' });
    await refresh(order);
    await play.untilStatus(order.opportunityId, 'In Progress');
  });

  it("is an error where that is VICTIG's, and comes back from it to where it was (V2, S4)", async () => {
    const order = await canceled();
    await atVictig(order, 'advance', { status: 'internal-error' });
    await refresh(order);
    await play.untilStatus(order.opportunityId, 'Error');
    await atVictig(order, 'advance', { status: 'app-pending' });
    await refresh(order);
    await play.untilStatus(order.opportunityId, 'Pending');
  });

  it.each(['archived', 'never heard of'])(
    'stays canceled at %s, which says nothing of it (S4)',
    async (status) => {
      const order = await canceled();
      await atVictig(order, 'advance', { status });
      await refresh(order);
      await untilIdle(order);
      await play.untilStatus(order.opportunityId, 'Canceled');
      expect(await kept(order)).toMatchObject({ status: 'canceled' });
    },
  );

  it('is found by the list of orders, without a callback (V3)', async () => {
    const order = await canceled();
    // For whose sake the list is read.
    await placed();
    await atVictig(order, 'reopen');
    service.clock.forward(ROUND_MS + 1_000);
    await roundOfReconciler(service);
    await play.untilStatus(order.opportunityId, 'In Progress');
  });

  it('tells its results in its timeline only once the candidate has a newer order (T7, S4)', async () => {
    const order = await canceled();
    await again(order.opportunityId);
    await play.untilStatus(order.opportunityId, 'Pending');
    const newer = await play.order(order.opportunityId);
    await untilIdle({ orderId: newer.id });
    expect(newer.id).not.toBe(order.orderId);
    await atVictig(order, 'reopen');
    await refresh(order);
    expect(await kept(order)).toMatchObject({ status: 'canceled' });
    await atVictig(order, 'complete', FLAGGED);
    await eventually(async () =>
      expect(await play.timeline(order.orderId)).toContainEqual(
        expect.objectContaining({
          kind: 'observed',
          data: { rawStatus: 'complete', unknown: false, results: FLAGGED },
        }),
      ),
    );
    await untilIdle(order);
    const seen = await play.untilStatus(order.opportunityId, 'Pending');
    expect(seen.notes).toEqual([]);
    expect(await kept(order)).toMatchObject({ status: 'canceled' });
    expect(await play.order(order.opportunityId)).toMatchObject({ id: newer.id, status: 'pending' });
  });

  it('keeps a trigger from ordering again while it runs anew (T7)', async () => {
    const order = await canceled();
    await atVictig(order, 'reopen');
    await refresh(order);
    await play.untilStatus(order.opportunityId, 'In Progress');
    await again(order.opportunityId);
    await eventually(async () => expect(await reasons(order)).toEqual(['order_open']));
    expect(await play.ordersAtVictig(order.opportunityId)).toHaveLength(1);
  });

  describe('though the candidate came back meanwhile, and left in the hold before another was ordered', () => {
    afterEach(() => play.change({ settings: { holdSeconds: 0, reorder: 'never' } }));

    const passedBy = async (reorder: 'always' | 'never' = 'never'): Promise<Subject> => {
      const order = await canceled();
      await play.change({ settings: { reorder } });
      await play.move(order.opportunityId, OTHER_STAGE);
      await leaveInHold(play, order.opportunityId);
      await play.untilStatus(order.opportunityId, 'Canceled');
      return order;
    };

    it('is in progress again, and its result is told (T7, S4, R1)', async () => {
      const order = await passedBy();
      await atVictig(order, 'reopen');
      await refresh(order);
      await play.untilStatus(order.opportunityId, 'In Progress');
      await atVictig(order, 'complete', FLAGGED);
      const seen = await play.untilStatus(order.opportunityId, 'Complete');
      expect(seen.notes.filter(({ secret }) => secret)).toHaveLength(1);
      expect(seen.tags).toEqual(expect.arrayContaining(['Flag: True', 'Decision: Ineligible']));
      await untilIdle(order);
      await again(order.opportunityId);
      await eventually(async () => expect(await reasons(order)).toEqual(['already_complete']));
    });

    it('keeps triggers, and people, from ordering another while it runs, and those told late (T7)', async () => {
      const order = await passedBy('always');
      await atVictig(order, 'reopen');
      await refresh(order);
      await play.untilStatus(order.opportunityId, 'In Progress');
      await again(order.opportunityId);
      await eventually(async () => expect(await reasons(order)).toEqual(['order_open']));
      const place = { installationId: play.installation.id, opportunityId: order.opportunityId };
      const refused = await service.admin.post('/admin/v1/orders').send(place).expect(409);
      expect(refused.body).toMatchObject({ code: 'order_open' });
      await atVictig(order, 'cancel');
      await play.untilStatus(order.opportunityId, 'Canceled');
      await untilIdle(order);
      const { opportunityId } = order;
      await play.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
      await eventually(async () => expect(await reasons(order)).toEqual(['order_open', 'already_decided']));
      expect(await play.ordersAtVictig(opportunityId)).toHaveLength(1);
    });
  });

  it('yields to an order that is opened between the reading and the step (T7, F1)', async () => {
    const order = await canceled();
    await atVictig(order, 'reopen');
    const provider = service.part(ScreeningProvider);
    const readOrder = provider.readOrder.bind(provider);
    let isOvertaken = false;
    const spy = vi.spyOn(provider, 'readOrder').mockImplementation(async (...given) => {
      const seen = await readOrder(...given);
      if (given[1].orderGuid !== order.orderGuid || isOvertaken) return seen;
      isOvertaken = true;
      await again(order.opportunityId);
      await eventually(async () =>
        expect((await play.order(order.opportunityId)).id).not.toBe(order.orderId),
      );
      return seen;
    });
    await refresh(order);
    spy.mockRestore();
    await play.untilStatus(order.opportunityId, 'Pending');
    expect(await kept(order)).toMatchObject({ status: 'canceled' });
    const timeline = await play.timeline(order.orderId);
    expect(timeline).toContainEqual(
      expect.objectContaining({ kind: 'observed', data: { rawStatus: 'pending', unknown: false } }),
    );
  });

  it('keeps a trigger from ordering again that was decided just before it was complete (T7, F1)', async () => {
    const order = await canceled();
    const mapper = service.part(OrderMapper);
    const mapOpportunity = mapper.mapOpportunity.bind(mapper);
    // What is ordered is found out once it is decided that something is.
    const mapped = vi.spyOn(mapper, 'mapOpportunity').mockImplementationOnce(async (...given) => {
      expect(given[2].id).toBe(order.opportunityId);
      await atVictig(order, 'complete', FLAGGED);
      await eventually(async () => expect(await kept(order)).toMatchObject({ status: 'complete' }));
      return mapOpportunity(...given);
    });
    await again(order.opportunityId);
    await eventually(async () => expect(await reasons(order)).toEqual(['already_complete']));
    mapped.mockRestore();
    expect((await play.untilStatus(order.opportunityId, 'Complete')).notes).toHaveLength(1);
    expect(await play.ordersAtVictig(order.opportunityId)).toHaveLength(1);
  });

  it('is not taken up once it is erased (A3)', async () => {
    const order = await canceled();
    await service.admin.post(`/admin/v1/orders/${order.orderId}/erase`).send({}).expect(200);
    await atVictig(order, 'complete', FLAGGED);
    await refresh(order);
    await untilIdle(order);
    expect(await kept(order)).toMatchObject({ status: 'canceled', erasedAt: expect.any(Date) as Date });
    expect((await play.untilStatus(order.opportunityId, 'Canceled')).notes).toEqual([]);
  });

  it('is kept for the whole retention time from its real end on (A3)', async () => {
    const order = await canceled();
    await atVictig(order, 'reopen');
    await refresh(order);
    await play.untilStatus(order.opportunityId, 'In Progress');
    await untilIdle(order);
    service.clock.forward(91 * DAY_MS);
    await service.part(EnforceRetention).handle();
    expect(await kept(order)).toMatchObject({ status: 'in_progress', erasedAt: null });
    await atVictig(order, 'complete', FLAGGED);
    await play.untilStatus(order.opportunityId, 'Complete');
    service.clock.forward(89 * DAY_MS);
    await service.part(EnforceRetention).handle();
    expect(await kept(order)).toMatchObject({ status: 'complete', erasedAt: null });
    service.clock.forward(2 * DAY_MS);
    await service.part(EnforceRetention).handle();
    expect(await kept(order)).toMatchObject({ status: 'complete', erasedAt: expect.any(Date) as Date });
  });
});
