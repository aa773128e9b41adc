import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { listingOf } from '../../src/orders/domain/follow-listed.js';
import { reconcileAccount } from '../../src/orders/jobs.js';
import { ReconcileAccount } from '../../src/orders/following/reconcile-account.js';
import { RefreshOrder } from '../../src/orders/following/refresh-order.js';
import { ScreeningProvider } from '../../src/orders/ports/screening-provider.js';
import { currentPriority } from '../../src/platform/http/call-priority.js';
import { eventually } from '../support/eventually.js';
import { Play, type SeenOrder } from '../support/play.js';
import { roundOfReconciler } from '../support/round.js';
import { CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';

const HOUR_MS = 3_600_000;
const LIST = 'GET /v1/clients/:client/orders';
const DETAIL = 'GET /v1/clients/:client/orders/:order';

interface PlacedOrder {
  orderGuid: string;
  clientGuid: string;
  status: string;
  createdDate: number;
  modifiedDate: number;
}

/** One round, and how often it called VICTIG by operation. */
const roundOf = (service: TestService, play: Play) => async (): Promise<Record<string, number>> => {
  const calls = () => play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig');
  const before = (await calls()).length;
  await roundOfReconciler(service);
  const made = (await calls()).slice(before).map(({ operation }) => operation);
  return Object.fromEntries(
    [LIST, DETAIL].map((operation) => [operation, made.filter((one) => one === operation).length]),
  );
};

describe('2,000 open orders of 20 clients (V3)', () => {
  const CLIENTS = 20;
  const ORDERS_OF_EACH = 100;
  let service: TestService;
  let play: Play;
  let sister: Play;
  let placed: PlacedOrder[];

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
    sister = new Play(service);
    await sister.setUp();
    placed = [];
    for (let n = 0; n < CLIENTS; n++) placed.push(...(await ordersOfNewClient(n)));
    await insertOrders(placed);
  }, 120_000);
  afterAll(() => service.stop());

  /** Placed by hand at VICTIG, so that no callback of theirs finds an order of ours. */
  const ordersOfNewClient = async (n: number): Promise<PlacedOrder[]> => {
    const { clientGuid, products } = await play.drive<{
      clientGuid: string;
      products: { clientProductGuid: string }[];
    }>('POST', '/victig/clients', { name: `Client ${n}`, products: ['Package'] });
    await play.drive('DELETE', '/victig/callbacks');
    const made = await fetch(`${service.sandbox.victigApiUrl}/clients/${clientGuid}/applicants`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SEED.victig.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ firstName: 'Ana', lastName: 'Ruiz', email: `ana${n}@example.com` }),
    });
    const { applicantGuid } = (await made.json()) as { applicantGuid: string };
    const clientProductGuid = products[0]?.clientProductGuid;
    const order = { applicantGuid, clientProductGuid, useQuickApp: true };
    const orders: PlacedOrder[] = [];
    for (let each = 0; each < ORDERS_OF_EACH; each++) {
      orders.push(await play.drive<PlacedOrder>('POST', '/victig/orders', order));
    }
    return orders;
  };

  /** As they are once each was placed and read; every other one of the first client is the sister's. */
  const insertOrders = async (orders: readonly PlacedOrder[]): Promise<void> => {
    const [first] = orders;
    const rows = orders.map((order, index) => ({
      installation_id:
        order.clientGuid === first?.clientGuid && index % 2 === 1
          ? sister.installation.id
          : play.installation.id,
      id: randomUUID(),
      opportunity_id: `nobody-${index}`,
      client_guid: order.clientGuid,
      provider_order_guid: order.orderGuid,
      ordered_at: new Date(order.createdDate),
      listed_as: listingOf({
        rawStatus: order.status,
        flagged: false,
        modifiedAt: new Date(order.modifiedDate),
      }),
    }));
    await service.database.query(
      `INSERT INTO orders (installation_id, id, opportunity_id, client_guid, provider_order_guid, ordered_at,
         listed_as, status, raw_status, sequence, settings_version, triggered_at, refreshed_at, created_at, updated_at)
       SELECT installation_id, id, opportunity_id, client_guid, provider_order_guid, ordered_at, listed_as,
         'pending', 'app-pending', 1, 1, now(), now(), now(), now()
       FROM json_to_recordset($1) AS row (installation_id uuid, id uuid, opportunity_id text, client_guid text,
         provider_order_guid text, ordered_at timestamptz, listed_as text)`,
      [JSON.stringify(rows)],
    );
  };

  const inProgress = async (): Promise<string[]> => {
    const rows = await service.database.query<{ guid: string }[]>(
      `SELECT provider_order_guid AS guid FROM orders WHERE status = 'in_progress'`,
    );
    return rows.map(({ guid }) => guid).toSorted();
  };

  it('cost a call for each page of each client and none for each order; every missed change is found (V3)', async () => {
    const round = roundOf(service, play);
    const quiet = await round();
    expect(quiet).toEqual({ [LIST]: CLIENTS, [DETAIL]: 0 });

    // No callback tells of these.
    const changed = placed.filter((_order, index) => index % 53 === 0).map(({ orderGuid }) => orderGuid);
    for (const orderGuid of changed) await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    service.clock.forward(HOUR_MS);
    const busy = await round();
    expect(busy[LIST]).toBe(CLIENTS);
    await eventually(async () => expect(await inProgress()).toEqual(changed.toSorted()));
    service.clock.forward(HOUR_MS);
    const after = await round();
    expect(after).toEqual({ [LIST]: CLIENTS, [DETAIL]: 0 });
    const perDay = (CLIENTS * 86_400) / 300;
    process.stdout.write(
      `V3: ${placed.length} open orders, ${CLIENTS} clients, 2 installations: ${quiet[LIST]} calls for a round ` +
        `without news, ${changed.length} more for ${changed.length} changes; at most ${perDay} calls a day.\n`,
    );
  }, 90_000);

  it('that changed are to be read once, however many rounds find them before they are (V3, F3)', async () => {
    const refresh = service.part(RefreshOrder);
    let release = (): void => undefined;
    const gate = new Promise<void>((open) => (release = open));
    const handle = refresh.handle.bind(refresh);
    const held = vi.spyOn(refresh, 'handle').mockImplementation((job) => gate.then(() => handle(job)));
    const changed = placed.filter((_order, index) => index % 53 === 1).map(({ orderGuid }) => orderGuid);
    for (const orderGuid of changed) await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    const round = roundOf(service, play);
    for (let n = 0; n < 3; n++) {
      service.clock.forward(HOUR_MS);
      await round();
    }
    const jobs = await service.database.query<unknown[]>(
      `SELECT id FROM pgboss.job WHERE name = 'refresh-order' AND state <= 'active'`,
    );
    // Those that run may have looked before the change: they are asked for once more.
    expect(jobs.length).toBeLessThanOrEqual(changed.length + held.mock.calls.length);
    release();
    await eventually(async () => expect(await inProgress()).toEqual(expect.arrayContaining(changed)));
    held.mockRestore();
  }, 90_000);

  it('are read one by one only where no list tells of them, and then once an hour (V3)', async () => {
    const round = roundOf(service, play);
    const [lost] = placed;
    await service.database.query(
      `UPDATE orders SET provider_order_guid = 'not-in-any-list', refreshed_at = now() WHERE provider_order_guid = $1`,
      [lost?.orderGuid],
    );
    const singles = async (): Promise<number> => {
      const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=victig');
      return calls.filter(({ path }) => path.endsWith('/orders/not-in-any-list')).length;
    };
    service.clock.forward(HOUR_MS + 1);
    await round();
    await eventually(async () => expect(await singles()).toBeGreaterThan(0));
    const [kept] = await service.database.query<{ refreshed_at: Date }[]>(
      `SELECT refreshed_at FROM orders WHERE provider_order_guid = 'not-in-any-list'`,
    );
    expect(service.clock.now().getTime() - (kept?.refreshed_at.getTime() ?? 0)).toBeLessThan(HOUR_MS);
  }, 90_000);
});

describe('following orders at VICTIG', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const placedFor = async (opportunityId: string): Promise<SeenOrder> => {
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    return play.orderAtVictig(opportunityId);
  };
  const untilQuickApp = (opportunityId: string, quickApp: object): Promise<unknown> =>
    eventually(async () => expect((await play.order(opportunityId))['quickApp']).toMatchObject(quickApp));

  it('adopts an order that lost our id, and does not order again (V4)', async () => {
    await play.drive('PATCH', '/victig/behaviour', { losesIdentifiers: true });
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/orders$' },
      kind: 'drop_after',
      times: 1,
    });
    const opportunityId = await play.candidate();
    const order = await placedFor(opportunityId);
    await play.drive('PATCH', '/victig/behaviour', { losesIdentifiers: false });
    expect(order.externalIdentifier).toBeNull();
    expect((await play.order(opportunityId))['victig']).toMatchObject({ orderGuid: order.orderGuid });
  });

  it('keeps a callback that overtook the answer to its order, and acts on it then (V2)', async () => {
    const orderGuid = randomUUID();
    const call = (event: string, guid: string) =>
      service.anyone
        .post('/webhooks/victig')
        .set('authorization', CALLBACK_SECRET)
        .send({ event, resourceGuid: guid, resourcePath: `/clients/c/orders/${guid}`, timestamp: Date.now() })
        .expect(200);
    await call('order.brand_new', orderGuid);
    const outcomeOf = async (event: string) => (await play.deliveries()).find((one) => one.event === event);
    await eventually(async () =>
      expect(await outcomeOf('order.brand_new')).toMatchObject({
        outcome: 'queued',
        reason: 'order_not_known_yet',
      }),
    );
    const opportunityId = await play.candidate();
    const order = await placedFor(opportunityId);
    const { id } = await play.order(opportunityId);
    // The answer to the submission gives the id that the callback was about.
    await service.database.query(
      `UPDATE deliveries SET facts = facts || $1 WHERE event = 'order.brand_new'`,
      [{ orderGuid: order.orderGuid }],
    );
    await play.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await eventually(async () =>
      expect(await outcomeOf('order.brand_new')).toMatchObject({ outcome: 'acted_on', reason: null }),
    );
    expect(JSON.stringify(await play.timeline(id))).toContain('order.brand_new');

    // What is never known is let go after a day.
    await call('order.of_a_stranger', randomUUID());
    await eventually(async () =>
      expect(await outcomeOf('order.of_a_stranger')).toMatchObject({ reason: 'order_not_known_yet' }),
    );
    service.clock.forward(25 * HOUR_MS);
    await service.database.query(
      `UPDATE pgboss.job SET start_after = now() WHERE name = 'take-callback' AND state = 'created'`,
    );
    await eventually(async () =>
      expect(await outcomeOf('order.of_a_stranger')).toMatchObject({
        outcome: 'ignored',
        reason: 'unknown_order',
      }),
    );
  });

  it('matches a callback that came before it was known that VICTIG took the order (V2, V4)', async () => {
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/orders$' },
      kind: 'drop_after',
      times: 1,
    });
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: '/applicants/[^/]+/orders$' },
      kind: 'status',
      status: 503,
      times: null,
    });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    const { id } = await eventually(() => play.order(opportunityId));
    const early = await eventually(() => play.orderAtVictig(opportunityId));
    // One more that tells our id only, as VICTIG may of what is not an order itself.
    const event = 'order.quickapp.created';
    await service.anyone
      .post('/webhooks/victig')
      .set('authorization', CALLBACK_SECRET)
      .send({ event, externalIdentifier: early.externalIdentifier.toUpperCase(), timestamp: Date.now() })
      .expect(200);
    const callbacks = async () =>
      service.database.query<
        { event: string; outcome: string; reason: string | null; order_id: string | null }[]
      >(
        `SELECT event, outcome, reason, order_id FROM deliveries
         WHERE facts ->> 'orderGuid' = $1 OR lower(facts ->> 'externalIdentifier') = $2 ORDER BY event`,
        [early.orderGuid, id],
      );
    const kept = { outcome: 'queued', reason: 'order_not_known_yet', order_id: null };
    await eventually(async () =>
      expect(await callbacks()).toMatchObject([
        { event: 'order.created', ...kept },
        { event, ...kept },
      ]),
    );
    await play.drive('DELETE', '/faults');
    await play.untilStatus(opportunityId, 'Pending');
    await eventually(async () =>
      expect(await callbacks()).toMatchObject([
        { event: 'order.created', outcome: 'acted_on', order_id: id },
        { event, outcome: 'acted_on', order_id: id },
      ]),
    );
    expect((await play.orderAtVictig(opportunityId)).orderGuid).toBe(early.orderGuid);
  });

  it('has an order read again for a callback that tells our id only (V2)', async () => {
    const opportunityId = await play.candidate();
    const order = await placedFor(opportunityId);
    await play.drive('PATCH', '/victig/behaviour', { silentEvents: ['order.quickapp.completed'] });
    await play.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await service.anyone
      .post('/webhooks/victig')
      .set('authorization', CALLBACK_SECRET)
      .send({ event: 'order.quickapp.completed', externalIdentifier: order.externalIdentifier })
      .expect(200);
    await play.untilStatus(opportunityId, 'In Progress');
    await play.drive('PATCH', '/victig/behaviour', { silentEvents: [] });
  });

  it('has an order read for a callback also where its reading waits for long, once for each (V2, F2)', async () => {
    const opportunityId = await play.candidate();
    const { orderGuid } = await placedFor(opportunityId);
    const { id } = await play.order(opportunityId);
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: `/orders/${orderGuid}$` },
      kind: 'status',
      status: 503,
      headers: { 'retry-after': '3600' },
      times: null,
    });
    const refused = async (): Promise<number> => {
      const calls = await play.drive<{ path: string; status: number }[]>('GET', '/calls?vendor=victig');
      return calls.filter((call) => call.path.endsWith(orderGuid) && call.status === 503).length;
    };
    const untilRefused = (more: number): Promise<void> =>
      eventually(async () => {
        const waiting = await service.database.query<unknown[]>(
          `SELECT id FROM pgboss.job WHERE name = 'refresh-order' AND state <= 'active'
             AND start_after > now() + interval '50 minutes' AND data -> 'payload' ->> 'orderId' = $1`,
          [id],
        );
        expect(waiting).toHaveLength(1);
        expect(await refused()).toBeGreaterThan(more);
      });
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    await untilRefused(0);
    // More of them than a job has tries, and one after the other: none uses up the tries of those that come after it.
    for (let n = 0; n < 4; n++) {
      const before = await refused();
      await service.anyone
        .post('/webhooks/victig')
        .set('authorization', CALLBACK_SECRET)
        .send({ event: `order.search.${n}`, resourcePath: `/clients/c/orders/${orderGuid}` })
        .expect(200);
      await untilRefused(before);
    }
    const callbacks = await service.database.query<unknown[]>(
      `SELECT id FROM deliveries WHERE facts ->> 'orderGuid' = $1`,
      [orderGuid],
    );
    expect(await refused()).toBeLessThanOrEqual(callbacks.length);
    await play.drive('DELETE', '/faults');
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
  });

  it('keeps what is shown and warns while VICTIG gives a status that is in no table (S4)', async () => {
    const opportunityId = await play.candidate();
    const order = await placedFor(opportunityId);
    const { id } = await play.order(opportunityId);
    const advance = (status: string) =>
      play.drive('POST', `/victig/orders/${order.orderGuid}/advance`, { status });
    const untilSeen = async (status: string, warnings: object[]): Promise<void> => {
      service.clock.forward(HOUR_MS);
      await roundOf(service, play)();
      await eventually(async () =>
        expect(await play.order(opportunityId)).toMatchObject({ victig: { status }, warnings }),
      );
    };
    await advance('on hold');
    await untilSeen('on hold', [{ code: 'status_unknown', details: ['on hold'] }]);
    expect(await play.order(opportunityId)).toMatchObject({ status: 'pending' });
    await play.untilStatus(opportunityId, 'Pending');
    expect(await play.timeline(id)).toContainEqual(
      expect.objectContaining({ kind: 'observed', data: { rawStatus: 'on hold', unknown: true } }),
    );
    await advance('qa review');
    await untilSeen('qa review', []);
    await play.untilStatus(opportunityId, 'In Progress');
  });

  it('follows an order and those beside it, whatever characters VICTIG has in its texts (R3, S4, V3)', async () => {
    const [opportunityId, other] = [await play.candidate(), await play.candidate()];
    const { orderGuid } = await placedFor(opportunityId);
    const beside = await placedFor(other);
    await play.drive('DELETE', '/victig/callbacks');
    await play.drive('POST', `/victig/orders/${orderGuid}/advance`, { status: 'on\0hold \ud83d' });
    await play.drive('POST', `/victig/orders/${beside.orderGuid}/advance`, { status: 'qa review' });
    service.clock.forward(HOUR_MS);
    await roundOf(service, play)();
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({
        status: 'pending',
        victig: { status: 'on\uFFFDhold \uFFFD' },
        warnings: [{ code: 'status_unknown', details: ['on\uFFFDhold \uFFFD'] }],
      }),
    );
    await play.untilStatus(other, 'In Progress');

    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { decision: 'Eli\0gible \ud83d' });
    service.clock.forward(HOUR_MS);
    await roundOf(service, play)();
    const { tags } = await play.untilStatus(opportunityId, 'Complete');
    await play.drive('POST', '/victig/callbacks', {
      url: `${service.url}/webhooks/victig`,
      authorization: CALLBACK_SECRET,
    });
    expect(tags).toContain('Decision: Eli\uFFFDgible \uFFFD');
  });

  it('knows an order by its guid in capitals, in a callback and in a list (V2, V3)', async () => {
    const opportunityId = await play.candidate();
    const { orderGuid } = await placedFor(opportunityId);
    await play.untilAllRead();
    await play.drive('DELETE', '/victig/callbacks');
    await play.drive('POST', `/victig/orders/${orderGuid}/advance`, { status: 'qa review' });
    const capitals = orderGuid.toUpperCase();
    expect(capitals).not.toBe(orderGuid);
    await service.anyone
      .post('/webhooks/victig')
      .set('authorization', CALLBACK_SECRET)
      .send({
        event: 'order.search.completed',
        resourceGuid: randomUUID(),
        resourcePath: `/clients/${SEED.victig.clients.main.toUpperCase()}/orders/${capitals}/searches/1`,
        externalIdentifier: null,
      })
      .expect(200);
    await play.untilStatus(opportunityId, 'In Progress');
    await play.untilAllRead();

    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: '/orders$' },
      kind: 'status',
      status: 200,
      body: [{ orderGuid: capitals, orderStatus: 'complete', modifiedDate: Date.now() }],
      times: 1,
    });
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    service.clock.forward(HOUR_MS / 2);
    await roundOf(service, play)();
    await play.untilStatus(opportunityId, 'Complete');
    const found = await service.admin.get('/admin/v1/orders').query({ orderGuid: capitals }).expect(200);
    expect((found.body as { items: object[] }).items).toMatchObject([{ victig: { orderGuid } }]);
    await play.drive('POST', '/victig/callbacks', {
      url: `${service.url}/webhooks/victig`,
      authorization: CALLBACK_SECRET,
    });
  });

  it('takes no word of VICTIG about another order for one about this (R1)', async () => {
    const [opportunityId, other] = [await play.candidate(), await play.candidate()];
    const { orderGuid } = await placedFor(opportunityId);
    const { orderGuid: otherGuid } = await placedFor(other);
    await play.untilAllRead();
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: `/orders/${orderGuid}$` },
      kind: 'status',
      status: 200,
      body: { orderGuid: otherGuid, fileNumber: 1, orderStatus: 'complete', searchFlagged: true },
      times: 1,
    });
    await play.drive('POST', `/victig/orders/${orderGuid}/advance`, { status: 'qa review' });
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/refresh`).expect(200);
    await play.untilStatus(opportunityId, 'In Progress');
    expect(await play.order(opportunityId)).toMatchObject({ status: 'in_progress', flagged: null });
    expect((await play.opportunity(opportunityId)).notes).toEqual([]);
    expect(await play.timeline(id)).toContainEqual(
      expect.objectContaining({
        kind: 'trouble',
        data: expect.objectContaining({ failure: 'malformed' }) as object,
      }),
    );
  });

  it('takes no results of another order for those of this, and waits for its own (R1)', async () => {
    const [opportunityId, other] = [await play.candidate(), await play.candidate()];
    const { orderGuid, fileNumber } = await placedFor(opportunityId);
    const another = await placedFor(other);
    await play.untilAllRead();
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: `/orders/${orderGuid}/status$` },
      kind: 'status',
      status: 200,
      body: {
        orderDetail: {
          externalIdentifier: another.externalIdentifier,
          fileNumber: another.fileNumber,
          status: 'complete',
          reportUrlLoginRequired: `https://victig.example/editor/viewReport.taz?file=${another.fileNumber}`,
        },
      },
      times: 1,
    });
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/refresh`).expect(200);
    const { notes } = await play.untilStatus(opportunityId, 'Complete');
    expect(notes).toHaveLength(1);
    expect(notes[0]?.fields[0]?.value).toContain(`viewReport.taz?file=${fileNumber}`);
    expect(notes[0]?.fields[0]?.value).not.toContain(`viewReport.taz?file=${another.fileNumber}`);
    expect(await play.timeline(id)).toContainEqual(
      expect.objectContaining({
        kind: 'trouble',
        data: expect.objectContaining({ failure: 'malformed' }) as object,
      }),
    );
  });

  it('takes no order of another candidate for the one it submitted, and finds its own (R1, V4)', async () => {
    const other = await placedFor(await play.candidate());
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/orders$' },
      kind: 'status_after',
      status: 201,
      body: {
        orderGuid: other.orderGuid,
        fileNumber: other.fileNumber,
        orderStatus: 'app-pending',
        externalIdentifier: other.externalIdentifier,
      },
      times: 1,
    });
    const opportunityId = await play.candidate();
    const own = await placedFor(opportunityId);
    expect(await play.order(opportunityId)).toMatchObject({
      victig: { orderGuid: own.orderGuid, fileNumber: String(own.fileNumber) },
      warnings: [],
    });
  });

  it('takes the number that VICTIG gives an order only after it took it (V2)', async () => {
    await play.drive('PATCH', '/victig/behaviour', { numbersLate: true });
    const opportunityId = await play.candidate();
    const { orderGuid, fileNumber } = await placedFor(opportunityId);
    const { id } = await play.order(opportunityId);
    expect(await play.order(opportunityId)).toMatchObject({ victig: { orderGuid, fileNumber: null } });
    await play.drive('PATCH', '/victig/behaviour', { numbersLate: false });
    await service.admin.post(`/admin/v1/orders/${id}/refresh`).expect(200);
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({
        status: 'pending',
        victig: { fileNumber: String(fileNumber) },
      }),
    );
    const found = await service.admin
      .get('/admin/v1/orders')
      .query({ fileNumber: String(fileNumber) })
      .expect(200);
    expect((found.body as { items: object[] }).items).toMatchObject([{ id }]);
    const texts = (await play.timeline(id)) as unknown as { text: string }[];
    expect(texts.map(({ text }) => text)).toContain(`VICTIG gave the order file number ${fileNumber}.`);
    expect(texts.map(({ text }) => text)).toContain('VICTIG has the order.');
  });

  it('warns of a decision that is no text, and says in the note that it cannot be told (R3)', async () => {
    const opportunityId = await play.candidate();
    const { orderGuid } = await placedFor(opportunityId);
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: `/orders/${orderGuid}$` },
      kind: 'status',
      status: 200,
      body: { orderGuid, fileNumber: 1, orderStatus: 'complete', decision: { id: 7 } },
      times: null,
    });
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    const { tags, notes } = await play.untilStatus(opportunityId, 'Complete');
    expect(tags.filter((tag) => tag.startsWith('Decision:'))).toEqual([]);
    expect(JSON.stringify(notes)).toContain('Decision: given in a form that is not known');
    // While VICTIG says so.
    expect(await play.order(opportunityId)).toMatchObject({
      decision: null,
      warnings: [{ code: 'decision_unknown', details: ['object'] }],
    });
    await play.drive('DELETE', '/faults');
  });

  it('leaves a report that VICTIG reopened Complete until it completes again (R4, S4)', async () => {
    const opportunityId = await play.candidate();
    const order = await placedFor(opportunityId);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
    await play.drive('POST', `/victig/orders/${order.orderGuid}/reopen`);
    const { orderGuid } = order;
    const { status: reopened } = await play.drive<{ status: string }>('GET', `/victig/orders/${orderGuid}`);
    expect(reopened).not.toBe('complete');
    // No callback tells of it; another open order has the list read.
    await placedFor(await play.candidate());
    service.clock.forward(HOUR_MS);
    await roundOf(service, play)();
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ victig: { status: reopened } }),
    );
    expect(await play.order(opportunityId)).toMatchObject({ status: 'complete', flagged: false });
    const meanwhile = await play.untilStatus(opportunityId, 'Complete');
    expect(meanwhile.tags).toContain('Flag: False');
    expect(meanwhile.notes).toHaveLength(1);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
    const after = await eventually(async () => {
      const seen = await play.untilStatus(opportunityId, 'Complete');
      expect(seen.tags).toContain('Flag: True');
      expect(seen.tags).not.toContain('Flag: False');
      return seen;
    });
    expect(after.notes).toHaveLength(2);
  });

  it('asks for results before it reads further orders, once it has read that there are some (F3)', async () => {
    const provider = service.part(ScreeningProvider);
    const priorities: string[] = [];
    const spies = (['readOrder', 'readResults'] as const).map((name) => {
      const original = provider[name].bind(provider) as (...given: unknown[]) => Promise<never>;
      return vi.spyOn(provider, name).mockImplementation((...given: unknown[]) => {
        priorities.push(`${name}: ${currentPriority()}`);
        return original(...given);
      });
    });
    const opportunityId = await play.candidate();
    const { orderGuid } = await placedFor(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
    expect(new Set(priorities)).toEqual(new Set(['readOrder: background', 'readResults: order']));
    for (const spy of spies) spy.mockRestore();
  });

  it('has on record each time that results were taken in, and nothing of what they say (A1, R4)', async () => {
    const opportunityId = await play.candidate();
    const { orderGuid } = await placedFor(opportunityId);
    const { id } = await play.order(opportunityId);
    for (const [revision, flag] of [
      [1, 'False'],
      [2, 'True'],
    ] as const) {
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: flag === 'True' });
      await eventually(async () => {
        const { tags, notes } = await play.opportunity(opportunityId);
        expect(tags).toContain(`Flag: ${flag}`);
        expect(notes).toHaveLength(revision);
      });
    }
    const entries = await service.admin
      .get('/admin/v1/audit')
      .query({ orderId: id, action: 'order.results_taken' })
      .expect(200);
    const { items } = entries.body as { items: { actor: string; data: object }[] };
    expect(items.map(({ actor, data }) => ({ actor, data })).toReversed()).toEqual([
      { actor: 'job:refresh-order', data: { revision: 1 } },
      { actor: 'job:refresh-order', data: { revision: 2 } },
    ]);
  });

  it('tells no job what a list says of an order, and keeps nothing of it once the order is erased (A3)', async () => {
    await play.drive('DELETE', '/victig/callbacks');
    const opportunityId = await play.candidate();
    const { orderGuid } = await placedFor(opportunityId);
    const { id } = await play.order(opportunityId);
    const listedAs = async (): Promise<string | null> => {
      const [row] = await service.database.query<{ listed_as: string | null }[]>(
        'SELECT listed_as FROM orders WHERE id = $1',
        [id],
      );
      return row?.listed_as ?? null;
    };
    const payloads = () =>
      service.database.query<{ payload: Record<string, unknown>; state: string }[]>(
        `SELECT data -> 'payload' AS payload, state FROM pgboss.job
         WHERE name = 'refresh-order' AND data -> 'payload' ->> 'orderId' = $1`,
        [id],
      );
    // It is read once after it was placed.
    await eventually(async () => expect(await payloads()).toMatchObject([{ state: 'completed' }]));
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
    await placedFor(await play.candidate());
    service.clock.forward(HOUR_MS);
    await roundOf(service, play)();
    await eventually(async () => {
      expect(await play.order(opportunityId)).toMatchObject({ status: 'complete', flagged: true });
      expect(await listedAs()).toMatch(/^complete\|true\|\d+$/);
    });
    const found = (await payloads()).map(({ payload }) => payload);
    expect(found).toContainEqual(expect.objectContaining({ listed: true }));
    expect(new Set(found.flatMap((payload) => Object.keys(payload)))).toEqual(
      new Set(['installationId', 'orderId', 'listed']),
    );

    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({}).expect(200);
    expect(await listedAs()).toBeNull();
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    service.clock.forward(HOUR_MS);
    await roundOf(service, play)();
    expect(await listedAs()).toBeNull();
    expect(await payloads()).toHaveLength(found.length);
    await play.drive('POST', '/victig/callbacks', {
      url: `${service.url}/webhooks/victig`,
      authorization: CALLBACK_SECRET,
    });
  });

  it("shows the candidate's invitation, and warns once before it ends and once when it has", async () => {
    await play.drive('PATCH', '/victig/behaviour', { quickappDaysActive: 3 });
    await play.drive('PATCH', '/victig/behaviour', { silentEvents: ['order.created'] });
    const opportunityId = await play.candidate();
    const startsAt = service.clock.now().getTime();
    await placedFor(opportunityId);
    await untilQuickApp(opportunityId, { emailsSent: 1, remindersSent: 0 });
    const { id } = await play.order(opportunityId);
    const warnings = async () =>
      (await play.timeline(id)).filter(({ kind }) => kind === 'quick_app').map(({ data }) => data['warning']);
    const untilRead = async (warning: string): Promise<void> => {
      await roundOf(service, play)();
      await untilQuickApp(opportunityId, { warning });
    };
    // The sandbox has a clock of its own.
    const { quickApp } = (await play.order(opportunityId)) as unknown as { quickApp: { expiresAt: string } };
    const toEndMs = new Date(quickApp.expiresAt).getTime() - startsAt;
    service.clock.forward(Math.max(0, toEndMs - 24 * HOUR_MS));
    await untilRead('quick_app_expiring');
    service.clock.forward(25 * HOUR_MS);
    await untilRead('quick_app_expired');
    service.clock.forward(HOUR_MS);
    await roundOf(service, play)();
    const said = await warnings();
    expect(said.slice(-2)).toEqual(['quick_app_expiring', 'quick_app_expired']);
    const shown = (await play.order(opportunityId)) as unknown as { warnings: { message: string }[] };
    expect(shown.warnings).toMatchObject([{ code: 'quick_app_expired', details: [quickApp.expiresAt] }]);
    expect(shown.warnings[0]?.message).toContain('no API call that does is known');
    expect(JSON.stringify(await play.order(opportunityId))).not.toMatch(/@example/i);
    await play.drive('PATCH', '/victig/behaviour', { quickappDaysActive: 14, silentEvents: [] });
  });

  it('tells later results of an order that an admin canceled in its timeline only (S4)', async () => {
    const opportunityId = await play.candidate();
    const order = await placedFor(opportunityId);
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/cancel`).send({}).expect(200);
    await play.untilStatus(opportunityId, 'Canceled');
    // Also where VICTIG's staff do the same.
    await play.drive('POST', `/victig/orders/${order.orderGuid}/cancel`);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, {
      flagged: true,
      decision: 'Eligible',
    });
    await eventually(async () =>
      expect(await play.timeline(id)).toContainEqual(
        expect.objectContaining({
          kind: 'observed',
          data: { rawStatus: 'complete', unknown: false, results: { flagged: true, decision: 'Eligible' } },
        }),
      ),
    );
    const seen = await play.untilStatus(opportunityId, 'Canceled');
    expect(seen.notes).toEqual([]);
    expect(seen.tags.filter((tag) => /^(Flag|Decision):/.test(tag))).toEqual([]);
  });

  it('asks an account once at a time, whoever sends for it (V3)', async () => {
    const part = service.part(ReconcileAccount);
    const account = await service.part(ScreeningProvider).accountOf(play.installation.id);
    const handle = part.handle.bind(part);
    let running = 0;
    let most = 0;
    let done = 0;
    let release = (): void => undefined;
    const gate = new Promise<void>((open) => (release = open));
    // Workers of one process and those of several take jobs from the same queue, by the same rule.
    const watched = vi.spyOn(part, 'handle').mockImplementation(async (job) => {
      most = Math.max(most, ++running);
      await gate;
      await handle(job);
      running--;
      done++;
    });
    for (let n = 0; n < 3; n++) await service.send(reconcileAccount, { account });
    await eventually(() => expect(running).toBe(1));
    // The other workers are there, and busy with an order meanwhile.
    await placedFor(await play.candidate());
    release();
    await eventually(() => expect(done).toBeGreaterThanOrEqual(3));
    expect(most).toBe(1);
    watched.mockRestore();
  });

  it('stops polling before the reserve of the day, while new orders go on (V3, F3)', async () => {
    await placedFor(await play.candidate());
    service.clock.forward(HOUR_MS);
    const before = await roundOf(service, play)();
    expect(before[LIST]).toBeGreaterThan(0);
    await play.untilAllRead();
    service.clock.forward(HOUR_MS);
    await service.database.query(
      `UPDATE rate_buckets SET day = (now() AT TIME ZONE 'UTC')::date, calls_of_day = 15000 WHERE key LIKE 'victig:%'`,
    );
    expect(await roundOf(service, play)()).toEqual({ [LIST]: 0, [DETAIL]: 0 });
    await placedFor(await play.candidate());
  });
});

describe('two secrets at once, while one is rotated (V1)', () => {
  it('are both taken, on the route of the service and on that of an installation (V1)', async () => {
    const service = await startTestService({ VICTIG_WEBHOOK_SECRET: 'old-secret-1, new-secret-1' });
    const play = new Play(service);
    await play.setUp(
      {},
      { victig: { clientGuid: SEED.victig.clients.main, webhookSecret: 'old-secret-2,new-secret-2' } },
    );
    const answers = async (path: string, authorization: string): Promise<number> => {
      const { status } = await service.anyone
        .post(`/webhooks/victig${path}`)
        .set('authorization', authorization)
        .send({ event: 'client.updated', timestamp: 1580153480 });
      return status;
    };
    const own = `/${play.installation.id}`;
    for (const age of ['old', 'new']) {
      expect(await answers('', `${age}-secret-1`)).toBe(200);
      expect(await answers(own, `${age}-secret-2`)).toBe(200);
      expect(await answers('', `${age}-secret-2`)).toBe(401);
      expect(await answers(own, `${age}-secret-1`)).toBe(401);
    }
    expect(await answers('', 'old-secret-1, new-secret-1')).toBe(401);
    await service.stop();
  });
});
