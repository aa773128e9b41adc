import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ScreeningProvider } from '../../src/orders/ports/screening-provider.js';
import { EnforceRetention } from '../../src/orders/forgetting/enforce-retention.js';
import { RefreshOrder } from '../../src/orders/following/refresh-order.js';
import { UpstreamError } from '../../src/platform/errors/upstream-error.js';
import { eventually } from '../support/eventually.js';
import { Play, type SeenAdminOrder } from '../support/play.js';
import { roundOfReconciler } from '../support/round.js';
import { startTestService, type TestService } from '../support/service.js';

const ROUND_MS = 300_000;
const DAY_MS = 24 * 3_600_000;
const ORDERS = '/admin/v1/orders';
const CLEAR = { flagged: false, decision: 'Eligible' };
const FLAGGED = { flagged: true, decision: 'Ineligible' };

interface Subject {
  opportunityId: string;
  orderId: string;
  orderGuid: string;
}

// No other order is open, for whose sake a list would be read that tells of these.
describe('results of an order that an admin canceled', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({
      RECONCILE_INTERVAL_SECONDS: String(ROUND_MS / 1_000),
      ERROR_AFTER_SECONDS: '0',
    });
    play = new Play(service);
    await play.setUp();
  });
  afterEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const pending = async (): Promise<Subject> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await untilIdle();
    const { id: orderId } = await play.order(opportunityId);
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    return { opportunityId, orderId, orderGuid };
  };
  const untilIdle = (): Promise<void> =>
    eventually(async () => {
      const left = await service.database.query<unknown[]>(
        `SELECT id FROM pgboss.job WHERE name IN ('take-callback', 'refresh-order', 'report-progress')
           AND state <= 'active' AND start_after < now() + interval '1 minute'`,
      );
      expect(left).toEqual([]);
    });
  const cancel = (orderId: string) => service.admin.post(`${ORDERS}/${orderId}/cancel`).send({}).expect(200);
  const complete = (orderGuid: string, results: object = CLEAR): Promise<unknown> =>
    play.drive('POST', `/victig/orders/${orderGuid}/complete`, results);
  const fault = (what: object): Promise<{ id: number }> =>
    play.drive('POST', '/faults', { vendor: 'victig', kind: 'status', times: null, ...what });
  const refuseToken = () => fault({ match: { method: 'GET' }, status: 401 });
  const round = (): Promise<void> => {
    service.clock.forward(ROUND_MS + 1_000);
    return roundOfReconciler(service);
  };
  const refresh = ({ orderId }: Subject): Promise<void> =>
    service.part(RefreshOrder).handle({ installationId: play.installation.id, orderId });
  /** Those that the timeline tells of, oldest first. */
  const told = async (orderId: string): Promise<unknown[]> =>
    (await play.timeline(orderId)).flatMap(({ data }) => ('results' in data ? [data['results']] : []));
  const audited = async (orderId: string): Promise<object[]> => {
    const query = { orderId, action: 'order.results_taken' };
    const answer = await service.admin.get('/admin/v1/audit').query(query).expect(200);
    return (answer.body as { items: { data: object }[] }).items.map(({ data }) => data).toReversed();
  };
  const untilTold = (orderId: string, results: object[]): Promise<void> =>
    eventually(async () => expect(await told(orderId)).toEqual(results));
  const untilTrouble = ({ opportunityId }: Subject, trouble: object | null): Promise<SeenAdminOrder> =>
    eventually(async () => {
      const order = await play.order(opportunityId);
      expect(order['trouble']).toEqual(trouble);
      return order;
    });
  const UNAUTHORIZED = expect.objectContaining({ failure: 'unauthorized' }) as object;
  const demandCanceled = async ({ opportunityId }: Subject): Promise<void> => {
    const { tags, notes } = await play.untilStatus(opportunityId, 'Canceled');
    expect(notes).toEqual([]);
    expect(tags.filter((tag) => /^(Flag|Decision):/.test(tag))).toEqual([]);
    expect(await play.order(opportunityId)).toMatchObject({
      status: 'canceled',
      statusReason: 'canceled_by_admin',
      flagged: null,
      decision: null,
    });
  };

  it('are told though they could not be read when VICTIG called, and nothing else is (S4, V2)', async () => {
    const order = await pending();
    await cancel(order.orderId);
    await play.untilStatus(order.opportunityId, 'Canceled');
    await refuseToken();
    await complete(order.orderGuid);
    await untilTrouble(order, UNAUTHORIZED);
    await untilIdle();
    await demandCanceled(order);
    await play.drive('DELETE', '/faults');
    await round();
    await untilTold(order.orderId, [CLEAR]);
    await untilTrouble(order, null);
    await untilIdle();
    await demandCanceled(order);
  });

  it('are told though it was canceled while they could not be read (S4, V2)', async () => {
    const order = await pending();
    await refuseToken();
    await complete(order.orderGuid);
    await untilTrouble(order, UNAUTHORIZED);
    await untilIdle();
    await cancel(order.orderId);
    expect(await told(order.orderId)).toEqual([]);
    await play.drive('DELETE', '/faults');
    await round();
    await untilTold(order.orderId, [CLEAR]);
    await untilTrouble(order, null);
    await untilIdle();
    await demandCanceled(order);
  });

  it('are not asked for any more once it is erased, also where they could not be read (A3)', async () => {
    const order = await pending();
    await cancel(order.orderId);
    await refuseToken();
    const provider = service.part(ScreeningProvider);
    const readOrder = provider.readOrder.bind(provider);
    const spy = vi.spyOn(provider, 'readOrder').mockImplementationOnce(async (...given) => {
      await service.admin.post(`${ORDERS}/${order.orderId}/erase`).send({}).expect(200);
      return readOrder(...given);
    });
    await expect(refresh(order)).rejects.toBeInstanceOf(UpstreamError);
    spy.mockRestore();
    expect(await play.order(order.opportunityId)).toMatchObject({ status: 'canceled', trouble: null });
  });

  it('are told anew when they change, and only then, and each time is on record (S4, R4, A1)', async () => {
    const order = await pending();
    await cancel(order.orderId);
    await complete(order.orderGuid);
    await untilTold(order.orderId, [CLEAR]);
    await complete(order.orderGuid, FLAGGED);
    await untilTold(order.orderId, [CLEAR, FLAGGED]);
    await complete(order.orderGuid, { ...FLAGGED, decision: null });
    await untilTold(order.orderId, [CLEAR, FLAGGED, { ...FLAGGED, decision: null }]);
    await untilIdle();
    await refresh(order);
    expect(await told(order.orderId)).toHaveLength(3);
    expect(await audited(order.orderId)).toEqual([{ revision: 1 }, { revision: 2 }, { revision: 3 }]);
    await demandCanceled(order);
  });

  it('are not written over with what was seen before another run told of newer ones (S4, V2)', async () => {
    const order = await pending();
    await cancel(order.orderId);
    await complete(order.orderGuid);
    await untilTold(order.orderId, [CLEAR]);
    await untilIdle();
    const provider = service.part(ScreeningProvider);
    const readOrder = provider.readOrder.bind(provider);
    const spy = vi.spyOn(provider, 'readOrder').mockImplementationOnce(async (...given) => {
      const seen = await readOrder(...given);
      await complete(order.orderGuid, FLAGGED);
      await untilTold(order.orderId, [CLEAR, FLAGGED]);
      return seen;
    });
    await expect(refresh(order)).rejects.toThrow('has moved on');
    spy.mockRestore();
    expect(await told(order.orderId)).toEqual([CLEAR, FLAGGED]);
  });

  describe('while its submission had no answer', () => {
    /** VICTIG takes the order and completes it, its answer is lost, and nobody can look for it before it is canceled. */
    const taken = async () => {
      await fault({ match: { method: 'POST', path: '/orders$' }, kind: 'drop_after', times: 1 });
      await fault({ match: { method: 'GET', path: '/orders$' }, status: 503 });
      const opportunityId = await play.candidate();
      await play.move(opportunityId);
      const { id: orderId } = await eventually(async () => {
        const order = await play.order(opportunityId);
        expect(order.status).toBe('error');
        return order;
      });
      const { orderGuid } = await play.orderAtVictig(opportunityId);
      await cancel(orderId);
      await complete(orderGuid);
      const outcomes = async () =>
        service.database.query<{ outcome: string; reason: string | null }[]>(
          `SELECT DISTINCT outcome, reason FROM deliveries WHERE facts ->> 'orderGuid' = $1`,
          [orderGuid],
        );
      await eventually(async () =>
        expect(await outcomes()).toEqual([{ outcome: 'queued', reason: 'order_not_known_yet' }]),
      );
      // Once kept, the callback looks for its order again, and would have it read if it were found by then.
      await untilIdle();
      return { opportunityId, orderId, orderGuid, outcomes };
    };
    const find = async (): Promise<void> => {
      await play.drive('DELETE', '/faults');
      service.clock.forward(61_000);
    };

    it('are told as soon as it is found, and callbacks that waited for it are acted on (V2, V4, S4)', async () => {
      const order = await taken();
      await find();
      await untilTold(order.orderId, [CLEAR]);
      await eventually(async () =>
        expect(await order.outcomes()).toEqual([{ outcome: 'acted_on', reason: null }]),
      );
      await untilIdle();
      await demandCanceled(order);
    });

    it('are told later where they cannot be read then (V3, S4)', async () => {
      const order = await taken();
      const refused = new UpstreamError('unauthorized', {
        vendor: 'VICTIG',
        operation: 'GET /clients/:client/orders/:order',
        fate: 'answered',
        status: 401,
      });
      const spy = vi.spyOn(service.part(ScreeningProvider), 'readOrder').mockRejectedValueOnce(refused);
      await find();
      await untilTrouble(order, UNAUTHORIZED);
      await untilIdle();
      spy.mockRestore();
      expect(await told(order.orderId)).toEqual([]);
      await round();
      await untilTold(order.orderId, [CLEAR]);
    });
  });

  // The last, for Lever's webhooks are too old after it.
  it('are kept for the whole retention time from when they came on (A3)', async () => {
    const order = await pending();
    await cancel(order.orderId);
    const erasedAt = async (): Promise<unknown> => (await play.order(order.opportunityId))['erasedAt'];
    const enforce = () => service.part(EnforceRetention).handle();
    service.clock.forward(89 * DAY_MS);
    await complete(order.orderGuid);
    await untilTold(order.orderId, [CLEAR]);
    service.clock.forward(2 * DAY_MS);
    await enforce();
    expect(await told(order.orderId)).toEqual([CLEAR]);
    expect(await erasedAt()).toBeNull();
    service.clock.forward(89 * DAY_MS);
    await enforce();
    expect(await erasedAt()).not.toBeNull();
    expect(await told(order.orderId)).toEqual([]);
  });
});
