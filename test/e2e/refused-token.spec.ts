import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { NotConnected } from '../../src/installations/vendor-credentials.js';
import { SilentOrders } from '../../src/orders/following/silent-orders.js';
import { OrderTrouble } from '../../src/orders/order-trouble.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { roundOfReconciler } from '../support/round.js';
import { startTestService, type TestService } from '../support/service.js';

const ROUND_MS = 300_000;
const HOUR_MS = 3_600_000;
const ORDERS = 3;
const LIST = 'GET /v1/clients/:client/orders';
const DETAIL = 'GET /v1/clients/:client/orders/:order';

describe('a token that VICTIG refuses', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({
      RECONCILE_INTERVAL_SECONDS: String(ROUND_MS / 1_000),
      // Of which one call a round is for orders that are silent.
      VICTIG_REQUESTS_PER_DAY: '1000',
    });
    play = new Play(service);
    await play.setUp();
  });
  afterEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const pending = async (): Promise<string> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.untilAllRead();
    return opportunityId;
  };
  const refuse = (status: number): Promise<{ id: number }> =>
    play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET' },
      kind: 'status',
      status,
      body: { code: 'NOT_AUTHENTICATED', message: 'Authentication is required.' },
      times: null,
    });
  /** What is asked of VICTIG by the work and all that it brings about. */
  const callsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    const calls = () => play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig');
    const before = (await calls()).length;
    await work();
    await play.untilAllRead();
    return (await calls()).slice(before).map(({ operation }) => operation);
  };
  const untilTroubled = (orderId: string): Promise<void> =>
    eventually(async () =>
      expect(await play.timeline(orderId)).toContainEqual(
        expect.objectContaining({
          kind: 'trouble',
          data: expect.objectContaining({ failure: 'unauthorized' }) as unknown,
        }),
      ),
    );
  const victig = async (): Promise<object | undefined> => {
    const answer = await service.admin.get('/admin/v1/status').expect(200);
    return (answer.body as { vendors: { vendor: string }[] }).vendors.find(
      ({ vendor }) => vendor === 'VICTIG',
    );
  };
  const round = (): Promise<string[]> => {
    service.clock.forward(ROUND_MS + 1_000);
    return callsOf(() => roundOfReconciler(service));
  };

  it.each([401, 403])(
    'is asked once for an order that is to be refreshed, answered %i, and what is true is shown once it works (S3, F3)',
    async (status) => {
      const opportunityId = await pending();
      const { id } = await play.order(opportunityId);
      const { orderGuid } = await play.orderAtVictig(opportunityId);
      await refuse(status);
      const calls = await callsOf(async () => {
        await service.admin.post(`/admin/v1/orders/${id}/refresh`).send({}).expect(200);
        await untilTroubled(id);
      });
      expect(calls).toEqual([DETAIL]);
      await eventually(async () =>
        expect(await victig()).toMatchObject({
          health: 'troubled',
          recentCalls: { unauthorized: status === 401 ? 1 : 2, failed: 0 },
        }),
      );
      await play.drive('DELETE', '/faults');
      await play.drive('PATCH', '/victig/behaviour', { silentEvents: ['order.quickapp.completed'] });
      await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
      await round();
      await play.untilStatus(opportunityId, 'In Progress');
    },
  );

  it('is told though VICTIG was down before, which is told once however it fails (S3)', async () => {
    const opportunityId = await pending();
    const { id } = await play.order(opportunityId);
    const refresh = () => service.admin.post(`/admin/v1/orders/${id}/refresh`).send({}).expect(200);
    const failures = async (): Promise<unknown[]> =>
      (await play.timeline(id)).filter(({ kind }) => kind === 'trouble').map(({ data }) => data['failure']);
    const outcomes = async (): Promise<unknown[]> =>
      (await play.timeline(id)).filter(({ kind }) => kind === 'call').map(({ data }) => data['outcome']);
    /** Fails in this way from now on, without a moment between that and how it failed before. */
    let failing: number | null = null;
    const failWith = async (status: number, outcome: string): Promise<void> => {
      const before = failing;
      failing = (await refuse(status)).id;
      if (before !== null) await play.drive('DELETE', `/faults/${before}`);
      await refresh();
      await eventually(async () => expect(await outcomes()).toContain(outcome));
      await play.untilAllRead();
    };
    await failWith(503, 'unavailable');
    await failWith(408, 'timed_out');
    expect(await failures()).toEqual(['unavailable']);
    await failWith(401, 'unauthorized');
    expect(await failures()).toEqual(['unavailable', 'unauthorized']);
    expect(await play.order(opportunityId)).toMatchObject({ trouble: { failure: 'unauthorized' } });
  });

  it('costs one call a round, shows Error in time on all that was to be read, and recovers by itself (S3, V3)', async () => {
    const opportunityIds: string[] = [];
    for (let n = 0; n < ORDERS; n++) opportunityIds.push(await pending());
    await refuse(401);
    service.clock.forward(HOUR_MS);
    expect(await round()).toEqual([LIST]);
    for (const id of opportunityIds) {
      const order = await play.order(id);
      expect(order).toMatchObject({ status: 'pending' });
      await untilTroubled(order.id);
    }
    for (let n = 0; n < 3; n++) expect(await round()).toEqual([LIST]);
    for (const id of opportunityIds) {
      await play.untilStatus(id, 'Error');
      expect(await play.order(id)).toMatchObject({ status: 'error', statusReason: 'unauthorized' });
    }

    await play.drive('DELETE', '/faults');
    await round();
    for (const id of opportunityIds) await play.untilStatus(id, 'Pending');
  });
});

describe('a token of VICTIG that is gone', () => {
  it('leaves no order silent: each shows Error in time (S3, V3)', async () => {
    const service = await startTestService({
      RECONCILE_INTERVAL_SECONDS: String(ROUND_MS / 1_000),
      VICTIG_API_TOKEN: '',
    });
    const play = new Play(service);
    const victig = { clientGuid: SEED.victig.clients.main, apiToken: SEED.victig.token };
    const { id: installationId } = await play.setUp({}, { victig });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const path = `/admin/v1/installations/${installationId}`;
    await service.admin.post(`${path}/pause`).expect(200);
    const { headers } = await service.admin.get(path).expect(200);
    const patch = service.admin.patch(path).set('if-match', String(headers['etag']));
    await patch.send({ victig: { apiToken: null } }).expect(200);
    service.clock.forward(HOUR_MS);
    for (let n = 0; n < 5; n++) {
      service.clock.forward(ROUND_MS + 1_000);
      await roundOfReconciler(service);
    }
    await play.untilStatus(opportunityId, 'Error');
    expect(await play.order(opportunityId)).toMatchObject({ status: 'error', statusReason: 'unauthorized' });
    await service.stop();
  });
});

describe('orders of a token that is gone', () => {
  it('are each told of once, also where that takes longer than from round to round (S3, V3)', async () => {
    const service = await startTestService({ RECONCILE_INTERVAL_SECONDS: String(ROUND_MS / 1_000) });
    const play = new Play(service);
    const { id: installationId } = await play.setUp();
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.untilAllRead();
    const [written] = await service.database.query<{ columns: string }[]>(
      `SELECT string_agg(column_name, ', ') AS columns FROM information_schema.columns
       WHERE table_name = 'orders' AND is_generated = 'NEVER'`,
    );
    // More than are told of together.
    await service.database.query(
      `INSERT INTO orders (${written?.columns})
       SELECT ${written?.columns} FROM (SELECT copy.* FROM orders AS one, generate_series(1, 250) AS n,
         to_char(n, '"00000000-0000-4000-8000-"FM000000000000') AS guid,
         jsonb_populate_record(one, jsonb_build_object(
           'id', guid, 'opportunity_id', guid, 'provider_order_guid', guid)) AS copy
       WHERE one.opportunity_id = $1) AS copies`,
      [opportunityId],
    );
    const trouble = service.part(OrderTrouble);
    const note = trouble.note.bind(trouble);
    const told: string[] = [];
    vi.spyOn(trouble, 'note').mockImplementation(async (actor, order, error) => {
      if (told.includes(order.id)) throw new Error('told again');
      told.push(order.id);
      service.clock.forward(ROUND_MS / 100);
      await note(actor, order, error);
    });
    service.clock.forward(HOUR_MS);
    const refused = new NotConnected(installationId, 'VICTIG');
    await service.part(SilentOrders).tell('job:reconcile-orders', [installationId], refused);
    expect(told).toHaveLength(251);
    await service.stop();
  });
});

describe('a token that VICTIG refuses while an order is placed', () => {
  it('shows Error when that is due, though it is asked again only every few minutes (S3)', async () => {
    const service = await startTestService({ ERROR_AFTER_SECONDS: '1' });
    const play = new Play(service);
    await play.setUp();
    const fault = { vendor: 'victig', kind: 'status', status: 401, times: null };
    await play.drive('POST', '/faults', { ...fault, match: { method: 'POST', path: '/orders$' } });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Error');
    await play.drive('DELETE', '/faults');
    await play.untilStatus(opportunityId, 'Pending');
    expect(await play.ordersAtVictig(opportunityId)).toHaveLength(1);
    await service.stop();
  });
});
