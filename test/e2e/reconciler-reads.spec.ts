import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { FollowedOrders } from '../../src/orders/following/followed-orders.js';
import { OrderBook, type Step } from '../../src/orders/order-book.js';
import { SharedClients } from '../../src/orders/placing/shared-clients.js';
import { eventually } from '../support/eventually.js';
import { createInstallation } from '../support/new-installation.js';
import { Play } from '../support/play.js';
import { roundOfReconciler } from '../support/round.js';
import { startTestService, type TestService } from '../support/service.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LIST = 'GET /v1/clients/:client/orders';

interface Row {
  installationId: string;
  clientGuid: string | null;
  orderGuid?: string | null;
  status?: string;
  trouble?: string;
  orderedAt?: Date;
  newsAt?: Date;
}

interface OrderAtVictig {
  orderGuid: string;
  orderedAt: Date;
}

describe('what a round of the reconciler reads (V3)', () => {
  let service: TestService;
  let play: Play;
  let sister: Play;

  beforeAll(async () => {
    service = await startTestService({ RECONCILE_INTERVAL_SECONDS: '300' });
    play = new Play(service);
    await play.setUp();
    sister = new Play(service);
    await sister.setUp();
  });
  afterAll(() => service.stop());

  const rowOf = (order: Row) => ({
    id: randomUUID(),
    orderGuid: randomUUID(),
    status: 'pending',
    orderedAt: service.clock.now(),
    newsAt: service.clock.now(),
    ...order,
  });

  const insert = (...orders: Row[]): Promise<unknown> =>
    service.database.query(
      `INSERT INTO orders (installation_id, id, opportunity_id, client_guid, provider_order_guid, status, trouble,
         ordered_at, news_at, updated_at, raw_status, sequence, settings_version, triggered_at, refreshed_at, created_at)
       SELECT "installationId", id, id, "clientGuid", "orderGuid", status, trouble, "orderedAt", "newsAt", $2,
         'app-pending', 1, 1, $2::timestamptz, $2, $2
       FROM json_to_recordset($1) AS row ("installationId" uuid, id uuid, "clientGuid" text, "orderGuid" text,
         status text, trouble text, "orderedAt" timestamptz, "newsAt" timestamptz)`,
      [JSON.stringify(orders.map(rowOf)), service.clock.now()],
    );

  const ours = (clientGuid: string, at?: OrderAtVictig): Row => ({
    installationId: play.installation.id,
    clientGuid,
    ...at,
  });

  /** A client with as many orders at VICTIG, the oldest first. */
  const clientWith = async (count: number): Promise<{ clientGuid: string; orders: OrderAtVictig[] }> => {
    const { clientGuid, products } = await play.drive<{
      clientGuid: string;
      products: { clientProductGuid: string }[];
    }>('POST', '/victig/clients', { name: 'Client', products: ['Package'] });
    await play.drive('DELETE', '/victig/callbacks');
    const made = await fetch(`${service.sandbox.victigApiUrl}/clients/${clientGuid}/applicants`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SEED.victig.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ firstName: 'Ana', lastName: 'Ruiz', email: 'ana@example.com' }),
    });
    const { applicantGuid } = (await made.json()) as { applicantGuid: string };
    const order = { applicantGuid, clientProductGuid: products[0]?.clientProductGuid, useQuickApp: true };
    const orders: OrderAtVictig[] = [];
    for (let n = 0; n < count; n++) {
      const placed = await play.drive<{ orderGuid: string; createdDate: number }>(
        'POST',
        '/victig/orders',
        order,
      );
      orders.push({ orderGuid: placed.orderGuid, orderedAt: new Date(placed.createdDate) });
    }
    return { clientGuid, orders };
  };

  /** How many pages of the clients' lists one round asks for. */
  const pagesOf = async (...clientGuids: string[]): Promise<number[]> => {
    const calls = () => play.drive<{ operation: string; path: string }[]>('GET', '/calls?vendor=victig');
    const before = (await calls()).length;
    await roundOfReconciler(service);
    const lists = (await calls()).slice(before).filter(({ operation }) => operation === LIST);
    return clientGuids.map((guid) => lists.filter(({ path }) => path.includes(`/clients/${guid}/`)).length);
  };

  it('names each client once, however many orders it has, and says whether one is open', async () => {
    const [one, other] = [play.installation.id, sister.installation.id];
    const many = Array.from({ length: 30 }, (_, n) => ({
      installationId: n % 2 === 0 ? one : other,
      clientGuid: `client-${n % 3}`,
    }));
    await insert(
      ...many,
      { installationId: one, clientGuid: 'client-0', status: 'complete', trouble: 'unavailable' },
      { installationId: one, clientGuid: 'troubled', status: 'complete', trouble: 'unavailable' },
      { installationId: one, clientGuid: 'ended', status: 'complete' },
      { installationId: one, clientGuid: 'not-placed', orderGuid: null },
      { installationId: one, clientGuid: null },
    );
    const open = (installationId: string) =>
      ['client-0', 'client-1', 'client-2'].map((clientGuid) => ({
        installationId,
        clientGuid,
        hasOpen: true,
        lostAt: null,
      }));
    const found = await service.part(FollowedOrders).clientsInUse();
    const expected = [
      ...open(one),
      { installationId: one, clientGuid: 'troubled', hasOpen: false, lostAt: null },
      ...open(other),
    ];
    expect(found).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
  });

  it('joins the installations of one account under a client, and no others', async () => {
    const strangerId = await createInstallation(service, {
      name: 'Another account',
      victig: { clientGuid: 'client', apiToken: 'token-of-another-account' },
    });
    const use = (installationId: string, clientGuid = 'client') => ({ installationId, clientGuid });
    const [one, other] = [play.installation.id, sister.installation.id];
    const unconnected = randomUUID();
    const { clients, notConnected } = await service
      .part(SharedClients)
      .of([use(one), use(strangerId), use(other), use(one, 'second'), use(unconnected)]);
    expect(clients.map(({ clientGuid, uses }) => ({ clientGuid, uses }))).toEqual([
      { clientGuid: 'client', uses: [use(one), use(other)] },
      { clientGuid: 'client', uses: [use(strangerId)] },
      { clientGuid: 'second', uses: [use(one, 'second')] },
    ]);
    expect(new Set(clients.map(({ account }) => account)).size).toBe(2);
    expect(notConnected.map(({ installationId }) => installationId)).toEqual([unconnected]);
  });

  it('is the list of a client when it is due, and not before', async () => {
    const { clientGuid } = await clientWith(0);
    const quietSince = new Date(service.clock.now().getTime() - 180 * MINUTE_MS);
    await insert({ ...ours(clientGuid), newsAt: quietSince });
    expect(await pagesOf(clientGuid)).toEqual([1]);
    service.clock.forward(10 * MINUTE_MS);
    expect(await pagesOf(clientGuid)).toEqual([0]);
    // The sister's order is news of the same client.
    await insert({ installationId: sister.installation.id, clientGuid });
    expect(await pagesOf(clientGuid)).toEqual([1]);
  });

  it('is no list of a client of whose orders none is open, but each of them that could not be read', async () => {
    const { clientGuid, orders } = await clientWith(1);
    await insert({ ...ours(clientGuid, orders[0]), status: 'complete', trouble: 'unavailable' });
    service.clock.forward(10 * MINUTE_MS);
    expect(await pagesOf(clientGuid)).toEqual([0]);
    await eventually(async () => {
      const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=victig');
      expect(calls.some(({ path }) => path.endsWith(`/orders/${orders[0]?.orderGuid}`))).toBe(true);
    });
  });

  it('is what is due, whatever was written down by a clock that was a day ahead', async () => {
    const { clientGuid } = await clientWith(0);
    const { orders } = await clientWith(1);
    service.clock.forward(DAY_MS);
    // Its list does not show it, so that it is read by itself, when it was silent.
    await insert(ours(clientGuid, orders[0]));
    expect(await pagesOf(clientGuid)).toEqual([1]);
    service.clock.forward(-DAY_MS);
    expect(await pagesOf(clientGuid)).toEqual([1]);
    await eventually(async () => {
      const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=victig');
      expect(calls.some(({ path }) => path.endsWith(`/orders/${orders[0]?.orderGuid}`))).toBe(true);
    });
  });

  it('does not tell news of a client from what is done to its orders here', async () => {
    const { clientGuid, orders } = await clientWith(1);
    const quietSince = new Date(service.clock.now().getTime() - 180 * MINUTE_MS);
    await insert({ ...ours(clientGuid, orders[0]), newsAt: quietSince });
    const book = service.part(OrderBook);
    const step = async (step: Step): Promise<void> => {
      const order = await book.findByProvider(orders[0]?.orderGuid ?? '', null);
      if (order) await book.note('job:test', order, step);
    };
    await step({ event: { kind: 'opportunity_gone', data: {} } });
    const latest = async (): Promise<Date | undefined> => {
      const clients = await service.part(FollowedOrders).clientsInUse();
      const { clients: shared } = await service.part(SharedClients).of(clients);
      return (await service.part(FollowedOrders).latestNewsOf(shared)).get(clientGuid);
    };
    expect(await latest()).toEqual(quietSince);
    const before = service.clock.now().getTime();
    await step({
      event: { kind: 'observed', data: { rawStatus: 'app-ready', unknown: false } },
      patch: { rawStatus: 'app-ready' },
    });
    expect((await latest())?.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('are the open orders of a client where its list goes on, once, and no others', async () => {
    const openOf = vi.spyOn(service.part(FollowedOrders), 'openOf');
    const [short, long] = [await clientWith(1), await clientWith(201)];
    await insert(
      ours(short.clientGuid, short.orders[0]),
      ours(long.clientGuid, long.orders[0]),
      ours('nobody-knows-it'),
    );
    expect(await pagesOf(short.clientGuid, long.clientGuid, 'nobody-knows-it')).toEqual([1, 3, 1]);
    expect(openOf.mock.calls.map(([{ clientGuid }]) => clientGuid)).toEqual([long.clientGuid]);
    openOf.mockRestore();
  });

  it('ends with the page that shows the last of the open orders', async () => {
    const { clientGuid, orders } = await clientWith(201);
    await insert(ours(clientGuid, orders.at(-1)));
    expect(await pagesOf(clientGuid)).toEqual([1]);
  });

  const refuseLists = (status: number, clientGuid: string): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: `/clients/${clientGuid}/orders$` },
      kind: 'status',
      status,
      times: null,
    });

  it.each([403, 404])(
    'is the list of a client that refuses it, answered %i, when it is due, and not before; and those of others (F3)',
    async (status) => {
      const [refused, other] = [await clientWith(0), await clientWith(0)];
      const quietSince = new Date(service.clock.now().getTime() - 180 * MINUTE_MS);
      await insert(
        { ...ours(refused.clientGuid), newsAt: quietSince },
        { ...ours(other.clientGuid), newsAt: quietSince },
      );
      await refuseLists(status, refused.clientGuid);
      expect(await pagesOf(refused.clientGuid, other.clientGuid)).toEqual([1, 1]);
      service.clock.forward(10 * MINUTE_MS);
      expect(await pagesOf(refused.clientGuid, other.clientGuid)).toEqual([0, 0]);
      service.clock.forward(20 * MINUTE_MS);
      expect(await pagesOf(refused.clientGuid, other.clientGuid)).toEqual([1, 1]);
      await play.drive('DELETE', '/faults');
    },
  );

  it('ends for an account whose token is refused, with the first list (F3)', async () => {
    const clients = [await clientWith(0), await clientWith(0)];
    await insert(...clients.map(({ clientGuid }) => ours(clientGuid)));
    await refuseLists(401, '[^/]+');
    const guids = clients.map(({ clientGuid }) => clientGuid);
    const lists = async () => {
      const calls = await play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig');
      return calls.filter(({ operation }) => operation === LIST).length;
    };
    const before = await lists();
    await pagesOf(...guids);
    expect(await lists()).toBe(before + 1);
    await play.drive('DELETE', '/faults');
    expect(await pagesOf(...guids)).toEqual([1, 1]);
  });
});
