import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotConnected } from '../../src/installations/vendor-credentials.js';
import type { ApplicantDetails } from '../../src/mapping/order-request.js';
import { UNCLEAR_ORDER, type ScreeningProvider } from '../../src/orders/ports/screening-provider.js';
import { UPSTREAM_FAILURES, UpstreamError } from '../../src/platform/errors/upstream-error.js';
import { failureOf } from '../support/failure-of.js';
import type { PlannedFailure } from '../support/failure-plan.js';

export interface Completion {
  flagged: boolean;
  decision: string | null;
  searches: { name: string; status: string }[];
}

/** A screening provider, with what the suite needs to play the agency. */
export interface ScreeningWorld {
  provider: ScreeningProvider;
  /** Connected, with a recorded certification. */
  installationId: string;
  /** Connected, without one. */
  uncertifiedId: string;
  addClient(client: { name: string; code: string }): Promise<string>;
  addProduct(clientGuid: string, name: string): Promise<string>;
  setStatus(orderGuid: string, rawStatus: string): Promise<void>;
  complete(orderGuid: string, completion: Completion): Promise<void>;
  ordersPlaced(): Promise<number>;
  /** From now on orders do, or do not, keep the id that they are sent with. */
  loseIdentifiers(lose: boolean): Promise<void>;
  failNext(planned: PlannedFailure): Promise<void>;
  stop(): Promise<void>;
}

const ANA: ApplicantDetails = {
  firstName: 'Anastasia',
  middleName: 'Quill',
  lastName: 'Ruizwood',
  generation: null,
  email: 'ana.quill@example.com',
  phone: '(415) 226-0134',
  textingEnabled: true,
  proposedPosition: 'Support Lead',
  jobLocation: 'Oakland, CA',
};

/** What every `ScreeningProvider` must do. */
export function screeningProviderContract(name: string, start: () => Promise<ScreeningWorld>): void {
  describe(`${name} as a screening provider`, () => {
    let world: ScreeningWorld;
    let provider: ScreeningProvider;
    let installation: string;
    let clientGuid: string;
    let productGuid: string;
    let orders = 0;

    beforeAll(async () => {
      world = await start();
      ({ provider, installationId: installation } = world);
      clientGuid = await world.addClient({ name: 'Acme Reno', code: 'RNO' });
      productGuid = await world.addProduct(clientGuid, 'Package A');
    });

    afterAll(() => world.stop());

    /** A screening that can be submitted, of an order of ours that is new. */
    const screening = async () => ({
      clientGuid,
      applicantGuid: await provider.createApplicant(installation, clientGuid, ANA),
      productGuid,
      orderId: `our-order-${++orders}`,
      reference: 'Support',
      notifyApplicant: true,
    });

    const placed = async () => provider.submitOrder(installation, await screening());

    describe('the catalogue', () => {
      it('has all clients, however many there are (M4)', async () => {
        for (let n = 0; n < 130; n++) await world.addClient({ name: `Branch ${n}`, code: `B${n}` });
        const later = await world.addClient({ name: 'Late', code: 'LATE' });
        const clients = await provider.listClients(installation);
        expect(clients.find(({ guid }) => guid === later)).toMatchObject({ name: 'Late', code: 'LATE' });
        expect(new Set(clients.map(({ guid }) => guid)).size).toBe(clients.length);
        expect(clients.filter((client) => client.name.startsWith('Branch '))).toHaveLength(130);
      });

      it('shows a new client at once when asked for fresh', async () => {
        await provider.listClients(installation);
        const guid = await world.addClient({ name: 'Acme Reno', code: 'RNO' });
        const clients = await provider.listClients(installation, { fresh: true });
        expect(clients.map((client) => client.guid)).toContain(guid);
      });

      it('has the products of each client under guids of its own (M6)', async () => {
        const sister = await world.addClient({ name: 'Acme Oakland', code: 'OAK' });
        const guid = await world.addProduct(sister, 'Package A');
        expect(await provider.listProducts(installation, sister)).toContainEqual({ guid, name: 'Package A' });
        expect(guid).not.toBe(productGuid);
      });

      it('shows a new product at once when asked for fresh', async () => {
        await provider.listProducts(installation, clientGuid);
        const guid = await world.addProduct(clientGuid, 'Package New');
        const products = await provider.listProducts(installation, clientGuid, { fresh: true });
        expect(products).toContainEqual({ guid, name: 'Package New' });
      });

      it('shows what is listed since a moment, to a decision that needs it (M3, M5)', async () => {
        await provider.listClients(installation);
        await provider.listProducts(installation, clientGuid);
        const guid = await world.addClient({ name: 'Acme Sparks', code: 'SPK' });
        const product = await world.addProduct(clientGuid, 'Package Newer');
        const since = new Date();
        const clients = await provider.listClients(installation, { since });
        expect(clients.map((client) => client.guid)).toContain(guid);
        const products = await provider.listProducts(installation, clientGuid, { since });
        expect(products).toContainEqual({ guid: product, name: 'Package Newer' });
      });

      it('is rejected for a client that does not exist', async () => {
        expect(await failureOf(provider.listProducts(installation, 'no-such-client'))).toMatchObject({
          failure: 'rejected',
          status: 404,
        });
      });
    });

    describe('an order', () => {
      it('begins with an applicant of its own each time', async () => {
        const first = await provider.createApplicant(installation, clientGuid, ANA);
        expect(await provider.createApplicant(installation, clientGuid, ANA)).not.toBe(first);
      });

      it('is taken with the candidate invited, and is then read the same', async () => {
        const order = await placed();
        expect(order).toMatchObject({
          rawStatus: 'app-pending',
          phase: 'invited',
          flagged: false,
          decision: null,
          completedAt: null,
        });
        expect(order.orderedAt).toBeInstanceOf(Date);
        expect(order.fileNumber).toMatch(/^\d+$/);
        // Rounded to the second; and the answer to a submission tells nothing of invitation and product.
        const { orderedAt: _orderedAt, modifiedAt: _modifiedAt, ...told } = order;
        const { quickApp: _quickApp, productGuid: _productGuid, ...same } = told;
        const read = await provider.readOrder(installation, { clientGuid, orderGuid: order.orderGuid });
        expect(read).toMatchObject({ ...same, productGuid });
      });

      it('is not placed without a recorded certification (V5)', async () => {
        const refused = await screening();
        const before = await world.ordersPlaced();
        expect(await failureOf(provider.submitOrder(world.uncertifiedId, refused))).toMatchObject({
          failure: 'unauthorized',
          fate: 'not_sent',
        });
        expect(await world.ordersPlaced()).toBe(before);
        // Nor is anything of the person sent there, for nothing could come of it.
        const applicant = provider.createApplicant(world.uncertifiedId, refused.clientGuid, ANA);
        expect(await failureOf(applicant)).toMatchObject({ fate: 'not_sent', code: 'not_certified' });
      });

      it('is rejected, with a reason in plain sentences, when its product is of another client (M6)', async () => {
        const other = await world.addClient({ name: 'Other', code: 'OTHER' });
        const foreign = await world.addProduct(other, 'Package A');
        const wrong = { ...(await screening()), productGuid: foreign };
        const error: unknown = await provider
          .submitOrder(installation, wrong)
          .catch((reason: unknown) => reason);
        if (!(error instanceof UpstreamError)) throw new Error('it was not rejected');
        expect(error).toMatchObject({ failure: 'rejected', details: { fate: 'answered', status: 400 } });
        const sentences = provider.explainRefusal(error);
        expect(sentences.join(' ')).toMatch(/product/i);
        for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*[.!?]$/);
      });

      it.each([
        ['app-ready', 'in_progress'],
        ['qa review', 'in_progress'],
        ['canceled', 'canceled'],
        ['internal-error', 'failed'],
        ['archived', 'keep'],
        ['something new', 'unknown'],
      ])('that is %s is %s (S4)', async (rawStatus, phase) => {
        const { orderGuid } = await placed();
        await world.setStatus(orderGuid, rawStatus);
        expect(await provider.readOrder(installation, { clientGuid, orderGuid })).toMatchObject({
          rawStatus,
          phase,
        });
      });

      it('is rejected when it does not exist', async () => {
        const order = { clientGuid, orderGuid: 'no-such-order' };
        expect(await failureOf(provider.readOrder(installation, order))).toMatchObject({
          failure: 'rejected',
          status: 404,
        });
      });
    });

    describe('an order of unknown fate (V4)', () => {
      it('is found again by our order id, whatever its case (V4)', async () => {
        const sent = await screening();
        expect(await provider.findOrder(installation, sent)).toBeNull();
        const { orderGuid } = await provider.submitOrder(installation, sent);
        expect(await provider.findOrder(installation, sent)).toMatchObject({ orderGuid, phase: 'invited' });
        const loud = { ...sent, orderId: sent.orderId.toUpperCase() };
        expect(await provider.findOrder(installation, loud)).toMatchObject({ orderGuid });
        for (const orderId of [`${sent.orderId}1`, sent.orderId.slice(0, -1)]) {
          expect(await provider.findOrder(installation, { ...sent, orderId })).toBeNull();
        }
      });

      it('is taken for ours without our id when it alone is there and of our product (V4)', async () => {
        const sent = await screening();
        await world.loseIdentifiers(true);
        const { orderGuid } = await provider.submitOrder(installation, sent);
        await world.loseIdentifiers(false);
        expect(await provider.findOrder(installation, sent)).toMatchObject({ orderGuid });
        const another = { ...sent, productGuid: await world.addProduct(clientGuid, `Package ${orders}`) };
        expect(await failureOf(provider.findOrder(installation, another))).toMatchObject({
          failure: 'malformed',
          fate: 'answered',
          code: UNCLEAR_ORDER,
        });
      });

      it.each(['unreachable', 'unavailable', 'timed_out'] as const)(
        'is there, once, when the answer was lost: %s (V4)',
        async (failure) => {
          const sent = await screening();
          const before = await world.ordersPlaced();
          await world.failNext({ failure, afterWork: true });
          expect(await failureOf(provider.submitOrder(installation, sent))).toMatchObject({
            failure,
            fate: 'unknown',
          });
          expect(await provider.findOrder(installation, sent)).not.toBeNull();
          expect(await world.ordersPlaced()).toBe(before + 1);
        },
      );

      it.each(['unreachable', 'unavailable', 'timed_out'] as const)(
        'is not there when the call never got to work: %s (V4)',
        async (failure) => {
          const sent = await screening();
          await world.failNext({ failure });
          expect(await failureOf(provider.submitOrder(installation, sent))).toMatchObject({
            failure,
            fate: 'unknown',
          });
          expect(await provider.findOrder(installation, sent)).toBeNull();
        },
      );
    });

    describe("a client's list of orders (V3)", () => {
      it('has all orders, the newest first, a page at a time, and tells of changes (V3)', async () => {
        const client = await world.addClient({ name: 'Listed', code: 'LIST' });
        const product = await world.addProduct(client, 'Package A');
        const guids: string[] = [];
        for (let n = 0; n < 103; n++) {
          const applicantGuid = await provider.createApplicant(installation, client, ANA);
          const sent = { ...(await screening()), clientGuid: client, applicantGuid, productGuid: product };
          guids.unshift((await provider.submitOrder(installation, sent)).orderGuid);
        }
        const [changed = '', untouched = ''] = guids;
        const first = await provider.listOrders(installation, client, 0);
        const second = await provider.listOrders(installation, client, 1);
        const all = [...first.orders, ...second.orders];
        expect(all.map(({ orderGuid }) => orderGuid)).toEqual(guids);
        expect([first.hasNext, second.hasNext]).toEqual([true, false]);
        expect((await provider.listOrders(installation, client, 2)).orders).toEqual([]);

        await world.setStatus(changed, 'qa review');
        const again = await provider.listOrders(installation, client, 0);
        expect(again.orders[0]).toMatchObject({ orderGuid: changed, rawStatus: 'qa review' });
        const before = all.find(({ orderGuid }) => orderGuid === untouched);
        expect(again.orders.find(({ orderGuid }) => orderGuid === untouched)).toEqual(before);
      });

      it('holds nothing personal (A4)', async () => {
        const { orderGuid } = await placed();
        const { orders: listed } = await provider.listOrders(installation, clientGuid, 0);
        const row = listed.find((order) => order.orderGuid === orderGuid);
        expect(Object.keys(row ?? {}).toSorted()).toEqual([
          'fileNumber',
          'flagged',
          'modifiedAt',
          'orderGuid',
          'orderId',
          'orderedAt',
          'rawStatus',
        ]);
      });

      it('tells by which id of ours an order was sent, and no other name of it (V4)', async () => {
        const orderId = randomUUID();
        const ours = await provider.submitOrder(installation, { ...(await screening()), orderId });
        const others = await placed();
        const { orders: listed } = await provider.listOrders(installation, clientGuid, 0);
        const idOf = (orderGuid: string) => listed.find((order) => order.orderGuid === orderGuid)?.orderId;
        expect(idOf(ours.orderGuid)).toBe(orderId);
        expect(idOf(others.orderGuid)).toBeNull();
      });

      it('is of an account that has a name, and no secret in it', async () => {
        const account = await provider.accountOf(installation);
        expect(account).toBe(await provider.accountOf(world.uncertifiedId));
        expect(account).not.toContain('token');
      });
    });

    describe('a completed order', () => {
      const completed = async (completion: Completion) => {
        const { orderGuid } = await placed();
        await world.complete(orderGuid, completion);
        const at = { clientGuid, orderGuid };
        return {
          order: await provider.readOrder(installation, at),
          results: await provider.readResults(installation, at),
        };
      };
      const SEARCHES = [
        { name: 'County Criminal', status: 'complete' },
        { name: 'Credit Report', status: 'complete' },
      ];

      it('has its flag, its decision, its searches and a link that demands a login (R1)', async () => {
        const { order, results } = await completed({
          flagged: true,
          decision: 'Eligible',
          searches: SEARCHES,
        });
        expect(order).toMatchObject({ phase: 'complete', flagged: true, decision: 'Eligible' });
        expect(order.completedAt).toBeInstanceOf(Date);
        expect(results.searches).toEqual(SEARCHES);
        expect(results.reportLink).toMatch(/^https?:\/\/.*viewReport/);
      });

      it('may be without a decision (R3)', async () => {
        const { order } = await completed({ flagged: false, decision: null, searches: SEARCHES });
        expect(order).toMatchObject({ phase: 'complete', flagged: false, decision: null });
      });

      it('tells nothing personal and gives no keyed link (R1, A4)', async () => {
        const all = JSON.stringify(await completed({ flagged: true, decision: null, searches: SEARCHES }));
        for (const secret of [
          /anastasia/i,
          /quill/i,
          /ruizwood/i,
          /226.?0134/,
          /interchangeview/i,
          /[?&]a=/,
        ]) {
          expect(all).not.toMatch(secret);
        }
      });
    });

    describe('failures', () => {
      it.each(UPSTREAM_FAILURES)('come as %s, and pass (F2)', async (failure) => {
        const { orderGuid } = await placed();
        await world.failNext({ failure });
        expect(await failureOf(provider.readOrder(installation, { clientGuid, orderGuid }))).toMatchObject({
          failure,
          vendor: 'VICTIG',
          operation: 'GET /clients/:client/orders/:order',
        });
        expect(await provider.readOrder(installation, { clientGuid, orderGuid })).toMatchObject({
          orderGuid,
        });
      });

      it('are named as those are that are found out without a call (F2)', async () => {
        const { vendor, submitOrder, listOrders } = provider.names;
        const sent = await screening();
        await world.failNext({ failure: 'unavailable' });
        const placing = await failureOf(provider.submitOrder(installation, sent));
        expect(placing).toMatchObject({ vendor, operation: submitOrder });
        await world.failNext({ failure: 'unavailable' });
        const listing = await failureOf(provider.listOrders(installation, clientGuid, 0));
        expect(listing).toMatchObject({ vendor, operation: listOrders });
      });

      it('are NotConnected for an installation without credentials', async () => {
        await expect(provider.listClients('nobody')).rejects.toThrow(NotConnected);
        const order = { clientGuid, orderGuid: 'x' };
        await expect(provider.readOrder('nobody', order)).rejects.toThrow(NotConnected);
      });
    });
  });
}
