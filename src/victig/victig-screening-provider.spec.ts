import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configFor } from '../../test/support/config-for.js';
import { eventually } from '../../test/support/eventually.js';
import { failureOf } from '../../test/support/failure-of.js';
import { KnownCredentials } from '../../test/support/known-credentials.js';
import { LocalServer, sendJson } from '../../test/support/local-server.js';
import { SetClock } from '../../test/support/set-clock.js';
import { RememberedCities } from '../../test/support/remembered-cities.js';
import { Unlimited } from '../../test/support/unlimited.js';
import { UNCLEAR_ORDER } from '../orders/ports/screening-provider.js';
import { NotConnected } from '../installations/vendor-credentials.js';
import { JsonClient } from '../platform/http/json-client.js';
import { OutgoingHosts } from '../platform/http/outgoing-hosts.js';
import { VictigScreeningProvider } from './victig-screening-provider.js';
import { VictigClient } from './victig-client.js';

const APPLICANT = {
  firstName: 'Ana',
  middleName: null,
  lastName: 'Ruiz',
  generation: null,
  email: 'ana@example.com',
  phone: '(415) 226-0134',
  textingEnabled: true,
  proposedPosition: 'Support Lead',
  jobLocation: null,
};

const SCREENING = {
  clientGuid: 'c-1',
  applicantGuid: 'a-1',
  productGuid: 'cp-1',
  orderId: 'our-1',
  reference: 'Support',
  notifyApplicant: true,
};

/** As an order comes back, with all that must stay behind. */
const ORDER = {
  orderGuid: 'vo-1',
  fileNumber: 576468,
  orderStatus: 'app-pending',
  orderedDate: 1700943053000,
  applicantName: 'RUIZ, ANA',
  applicantEmail: 'ANA@EXAMPLE.COM',
  applicantDateOfBirth: '1992-10-22',
  searchFlagged: false,
  totalCharges: 19.5,
  quickappApplicantLink: 'https://victig.example/orderquickapp?x=key',
};

const AT = { clientGuid: 'c-1', orderGuid: 'vo-1' };

describe('VICTIG as the screening provider', () => {
  let server: LocalServer;
  let clock: SetClock;
  let limiter: Unlimited;
  let victig: VictigScreeningProvider;

  beforeAll(async () => {
    server = await LocalServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    server.reset();
    const config = configFor({ victigApiUrl: `${server.url}/v1` }, { VICTIG_DECISION_FIELD: 'outcome' });
    const shared = { apiToken: 'token-1', clientGuid: 'c-1', certified: true };
    const credentials = new KnownCredentials({
      i1: { victig: shared },
      i2: { victig: shared },
      own: { victig: { ...shared, apiToken: 'token-2' } },
      uncertified: { victig: { ...shared, certified: false } },
    });
    clock = new SetClock();
    limiter = new Unlimited();
    const http = new JsonClient(OutgoingHosts.of(config), clock);
    victig = new VictigScreeningProvider(
      credentials,
      new VictigClient(http, limiter, config.victig),
      config,
      clock,
      new RememberedCities(),
    );
    return () => http.onApplicationShutdown();
  });

  const targets = () => server.received.map(({ method, target }) => `${method} ${target}`);
  const sent = (): unknown => JSON.parse(server.received.at(-1)?.body ?? '');

  describe('its catalogue', () => {
    const row = (n: number) => ({
      clientGuid: `c-${n}`,
      name: `Client ${n}`,
      code: `k${n}`,
      status: 'ACTIVE',
    });
    const rows = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => row(from + index));
    const servePages = (pages: object[][], linkOf: (page: number) => string | undefined) =>
      server.answer(({ target }, response) => {
        const page = Number(new URL(target, server.url).searchParams.get('page'));
        const link = linkOf(page);
        sendJson(response, 200, pages[page] ?? [], link === undefined ? {} : { link });
      });
    const next = (page: number) =>
      `<api.example/v1/clients?page=${page}&size=100>; rel="next", <…>; rel="last"`.replace(
        '…',
        'api.example/v1/clients?page=99&size=100',
      );

    it('lists clients with what tells them apart (M4)', async () => {
      server.answerJson(200, [
        {
          clientGuid: 'c-1',
          name: ' Acme ',
          code: 'A1',
          contactName: 'Bob',
          contactEmail: 'bob@example.com',
        },
        { clientGuid: 'c-2', name: 'Acme Oakland', physicalAddress: { city: 'Oakland' } },
      ]);
      expect(await victig.listClients('i1')).toEqual([
        { guid: 'c-1', name: 'Acme', code: 'A1', city: null },
        { guid: 'c-2', name: 'Acme Oakland', code: null, city: 'Oakland' },
      ]);
      expect(targets()).toEqual(['GET /v1/clients?page=0&size=100']);
      expect(server.received[0]?.headers.authorization).toBe('Bearer token-1');
    });

    it.each<[string, object, object]>([
      ['numbers', { name: 17, code: 8001, city: 83701 }, { name: '17', code: '8001', city: '83701' }],
      [
        'a number in the address',
        { physicalAddress: { city: 83701 } },
        { name: 'Acme', code: 'A1', city: '83701' },
      ],
      [
        'an address that is a text',
        { physicalAddress: '1 Main St, Boise' },
        { name: 'Acme', code: 'A1', city: null },
      ],
      [
        'what nobody can read',
        { code: ['A1'], city: {}, physicalAddress: { city: true } },
        { name: 'Acme', code: null, city: null },
      ],
    ])('leaves out no client with an id and a name for %s (M4)', async (_what, odd, read) => {
      server.answerJson(200, [{ clientGuid: 'c-1', name: 'Acme', code: 'A1', ...odd }]);
      expect(await victig.listClients('i1')).toEqual([{ guid: 'c-1', ...read }]);
    });

    it('leaves out no product whose name is a number (M6)', async () => {
      server.answerJson(200, [{ clientProductGuid: 'cp-1', productName: 17 }]);
      expect(await victig.listProducts('i1', 'c-1')).toEqual([{ guid: 'cp-1', name: '17' }]);
    });

    it('tells which clients are no longer active; without a status they are (M4)', async () => {
      const statuses = ['ACTIVE', ' active ', '', null, undefined, 7, 'INACTIVE', 'disabled'];
      const listed = statuses.map((status, n) => ({ clientGuid: `c-${n}`, name: 'Acme', status }));
      server.answerJson(200, listed);
      const inactive = (await victig.listClients('i1')).filter(({ isActive }) => isActive === false);
      expect(inactive.map(({ guid }) => guid)).toEqual(['c-6', 'c-7']);
    });

    it.each([
      ['Link says next', [rows(0, 100), rows(100, 7)], (page: number) => (page === 0 ? next(1) : ''), 107],
      [
        'pages are smaller than asked for',
        [rows(0, 30), rows(30, 3)],
        (page: number) => (page === 0 ? next(1) : ''),
        33,
      ],
      ['there is no Link and the page is full', [rows(0, 100), rows(100, 1)], () => undefined, 101],
      ['Link promises a page that is empty', [rows(0, 100)], () => next(1), 100],
      [
        'a row moves to the next page meanwhile',
        [rows(0, 100), rows(99, 2)],
        (page: number) => (page === 0 ? next(1) : ''),
        101,
      ],
      ['Link is empty on a single full page', [rows(0, 100), rows(100, 1)], () => '', 100],
    ])('reads all pages where %s', async (_what, pages, linkOf, total) => {
      servePages(pages, linkOf);
      const clients = await victig.listClients('i1');
      expect(new Set(clients.map(({ guid }) => guid)).size).toBe(total);
      expect(clients).toHaveLength(total);
    });

    it('does not read an endless list for ever', async () => {
      server.answerJson(200, [row(1)], { link: next(1) });
      expect(await failureOf(victig.listClients('i1'))).toMatchObject({
        failure: 'malformed',
        code: 'endless_list',
      });
    });

    it('leaves out rows without an id or a name, and fails where none has both (M3, M5)', async () => {
      const product = (n: number) => ({ clientProductGuid: `cp-${n}`, productName: `Package ${n}` });
      const odd = [{ name: 'A', productName: 'A' }, { clientGuid: 'c-9', clientProductGuid: 'cp-9' }, null];
      server.answer(({ target }, response) =>
        sendJson(response, 200, [...odd, target.includes('/products') ? product(1) : row(1)]),
      );
      expect((await victig.listClients('i1')).map(({ guid }) => guid)).toEqual(['c-1']);
      expect((await victig.listProducts('i1', 'c-1')).map(({ guid }) => guid)).toEqual(['cp-1']);
      server.answerJson(200, odd);
      for (const read of [victig.listClients('own'), victig.listProducts('own', 'c-1')]) {
        expect(await failureOf(read)).toMatchObject({ failure: 'malformed', code: 'unreadable_rows' });
      }
    });

    it('leaves a list alone for an hour that had no end (F3)', async () => {
      server.answer(({ target }, response) => {
        const page = Number(new URL(target, server.url).searchParams.get('page'));
        sendJson(response, 200, [row(page)], { link: next(page + 1) });
      });
      const endless = { failure: 'malformed', code: 'endless_list' };
      expect(await failureOf(victig.listClients('i1'))).toMatchObject(endless);
      expect(server.received).toHaveLength(100);
      clock.advance(3_599_000);
      expect(await failureOf(victig.listClients('i1'))).toMatchObject(endless);
      expect(server.received).toHaveLength(100);
      servePages([rows(0, 1)], () => '');
      clock.advance(1_000);
      expect(await victig.listClients('i1')).toHaveLength(1);
    });

    it('does not read on where each page repeats the one before and yet promises another (F3)', async () => {
      server.answerJson(200, rows(0, 100), { link: next(1) });
      expect(await failureOf(victig.listClients('i1'))).toMatchObject({ code: 'endless_list' });
      expect(server.received).toHaveLength(2);
    });

    it('lists the products of the client that is ordered under (M6)', async () => {
      server.answerJson(200, [
        {
          clientProductGuid: 'cp-1',
          productGuid: 'p-1',
          productName: 'Criminal Package 1 ',
          usesQuickapp: true,
        },
      ]);
      expect(await victig.listProducts('i1', 'c-2')).toEqual([{ guid: 'cp-1', name: 'Criminal Package 1' }]);
      expect(targets()).toEqual(['GET /v1/clients/c-2/products?page=0&size=100']);
    });

    it('is kept for five minutes, for each token and client, unless asked for fresh', async () => {
      server.answerJson(200, []);
      const callsFor = async (read: () => Promise<unknown>) => {
        const before = server.received.length;
        await read();
        return server.received.length - before;
      };
      expect(await callsFor(() => victig.listProducts('i1', 'c-1'))).toBe(1);
      expect(await callsFor(() => victig.listProducts('i2', 'c-1'))).toBe(0);
      expect(await callsFor(() => victig.listProducts('own', 'c-1'))).toBe(1);
      expect(await callsFor(() => victig.listProducts('i1', 'c-2'))).toBe(1);
      clock.advance(1);
      expect(await callsFor(() => victig.listProducts('i1', 'c-1', { fresh: true }))).toBe(1);
      expect(await callsFor(() => victig.listClients('i1'))).toBe(1);
      clock.advance(5 * 60_000);
      expect(await callsFor(() => victig.listClients('i2'))).toBe(1);
    });

    it('is asked for anew where a decision needs what is listed since, once for all that do (M3, M5)', async () => {
      server.answerJson(200, []);
      for (const read of [
        (since?: Date) => victig.listClients('i1', { since }),
        (since?: Date) => victig.listProducts('i1', 'c-1', { since }),
      ]) {
        await read();
        const before = server.received.length;
        clock.advance(1);
        const since = clock.now();
        await read();
        expect(server.received.length).toBe(before);
        await Promise.all([read(since), read(since)]);
        await read(since);
        expect(server.received.length).toBe(before + 1);
      }
    });

    it('is loaded anew behind an answer of three minutes, for which nobody waits (M4, M6)', async () => {
      let name = 'Old';
      let release = (): void => undefined;
      server.answer(({ target }, response) => {
        const rows = target.includes('/products')
          ? [{ clientProductGuid: 'cp-1', productName: name }]
          : [{ clientGuid: 'c-1', name }];
        if (name === 'Old') return sendJson(response, 200, rows);
        // VICTIG takes its time, until the test lets it go on.
        void new Promise<void>((resolve) => (release = resolve)).then(() => sendJson(response, 200, rows));
      });
      const names = async (read: () => Promise<readonly { name: string }[]>) =>
        (await read()).map((one) => one.name);
      for (const read of [() => victig.listClients('i1'), () => victig.listProducts('i1', 'c-1')]) {
        name = 'Old';
        expect(await names(read)).toEqual(['Old']);
        const before = server.received.length;
        name = 'New';
        clock.advance(2 * 60_000);
        expect(await names(read)).toEqual(['Old']);
        expect(server.received.length).toBe(before);
        clock.advance(60_000);
        expect(await names(read)).toEqual(['Old']);
        await eventually(() => expect(server.received.length).toBe(before + 1));
        expect(await names(read)).toEqual(['Old']);
        release();
        await eventually(async () => expect(await names(read)).toEqual(['New']));
        expect(server.received.length).toBe(before + 1);
      }
    });

    describe('with cities (M4)', () => {
      const serve = (city: (guid: string) => { status: number; body: object }) =>
        server.answer(({ target }, response) => {
          const [, guid] = /clients\/([^/?]+)$/.exec(target) ?? [];
          if (guid === undefined) return sendJson(response, 200, rows(0, 3));
          const { status, body } = city(guid);
          return sendJson(response, status, body);
        });

      it('reads the record of each client and keeps it (M4)', async () => {
        serve((guid) => ({ status: 200, body: { guid, physicalAddress: { city: ` City of ${guid} ` } } }));
        const cities = async () =>
          (await victig.listClients('i1', { withCities: true })).map(({ city }) => city);
        expect(await cities()).toEqual(['City of c-0', 'City of c-1', 'City of c-2']);
        expect(server.received).toHaveLength(4);
        clock.advance(3_600_000);
        expect(await cities()).toHaveLength(3);
        expect(server.received).toHaveLength(5);
        expect((await victig.listClients('i1'))[0]?.city).toBeNull();
      });

      it('does not read the record of a client that is not active (M4)', async () => {
        server.answer(({ target }, response) => {
          const isRecord = /clients\/[^/?]+$/.test(target);
          const list = [{ ...rows(0, 1)[0], status: 'INACTIVE' }, ...rows(1, 1)];
          return sendJson(response, 200, isRecord ? { physicalAddress: { city: 'Reno' } } : list);
        });
        const clients = await victig.listClients('i1', { withCities: true });
        expect(clients.map(({ city }) => city)).toEqual([null, 'Reno']);
        expect(server.received).toHaveLength(2);
      });

      it('reads records anew behind the orders that use them, a few at a time, so that none waits (M4)', async () => {
        serve((guid) => ({ status: 200, body: { guid, physicalAddress: { city: 'Old' } } }));
        const cities = async () =>
          (await victig.listClients('i1', { withCities: true })).map(({ city }) => city);
        expect(await cities()).toEqual(['Old', 'Old', 'Old']);
        clock.advance(13 * 3_600_000);
        // The list itself is older than it may be, and is read first.
        await victig.listClients('i1');
        serve((guid) => ({ status: 200, body: { guid, physicalAddress: { city: 'New' } } }));
        expect(await cities()).toEqual(['Old', 'Old', 'Old']);
        await eventually(async () => expect(await cities()).toEqual(['New', 'New', 'New']));
        const records = targets().filter((target) => !target.includes('?'));
        expect(records).toHaveLength(6);
      });

      it('does without them where the token may not read records, and asks again after an hour (M4)', async () => {
        serve(() => ({ status: 403, body: { code: 'NOT_AUTHORIZED' } }));
        const records = () => targets().filter((target) => !target.includes('?')).length;
        const clients = await victig.listClients('i1', { withCities: true });
        expect(clients.map(({ city }) => city)).toEqual([null, null, null]);
        await victig.listClients('i1', { withCities: true });
        expect(records()).toBe(1);
        clock.advance(3_600_000);
        await victig.listClients('i1', { withCities: true });
        expect(records()).toBe(2);
      });

      it('fails rather than leave out a city that could be the one (M5)', async () => {
        serve(() => ({ status: 503, body: {} }));
        const failure = await failureOf(victig.listClients('i1', { withCities: true }));
        expect(failure.failure).toBe('unavailable');
      });

      const record = (guid: string) => ({ status: 200, body: { guid, physicalAddress: { city: guid } } });
      const API_TYPE = 'This endpoint requires API type [CLIENT] but Demo Agency  has access to ORDER';

      it.each([
        ['the first one, without a code', 'c-0', {}],
        ['the first one, for what is no matter of types', 'c-0', { code: 'IP_NOT_ALLOWED' }],
        [
          'the first one, with a sentence of its own',
          'c-0',
          { code: 'NOT_AUTHORIZED', message: 'Not yours.' },
        ],
        ['a later one', 'c-2', { code: 'NOT_AUTHORIZED' }],
        ['a later one, as if for the type', 'c-2', { code: 'NOT_AUTHORIZED', message: API_TYPE }],
      ])(
        'fails where one record is refused: %s; and keeps what it read (M4, S3)',
        async (_which, refused, body) => {
          serve((guid) => (guid === refused ? { status: 403, body } : record(guid)));
          const failure = await failureOf(victig.listClients('i1', { withCities: true }));
          expect(failure).toMatchObject({ failure: 'unauthorized', status: 403 });
          serve(record);
          const cities = (await victig.listClients('i1', { withCities: true })).map(({ city }) => city);
          expect(cities).toEqual(['c-0', 'c-1', 'c-2']);
          const reads = targets().filter((target) => target === `GET /v1/clients/${refused}`);
          expect(reads).toHaveLength(2);
          expect(targets().filter((target) => !target.includes('?'))).toHaveLength(4);
        },
      );

      it('does without them where VICTIG says that it is for the type of the token (M4)', async () => {
        serve(() => ({ status: 403, body: { code: 'NOT_AUTHORIZED', message: API_TYPE } }));
        const clients = await victig.listClients('i1', { withCities: true });
        expect(clients.map(({ city }) => city)).toEqual([null, null, null]);
      });

      it('takes what one token may not read for nothing of another (M4)', async () => {
        serve(record);
        await victig.listClients('i1', { withCities: true });
        serve(() => ({ status: 403, body: { code: 'NOT_AUTHORIZED', message: API_TYPE } }));
        const clients = await victig.listClients('own', { withCities: true });
        expect(clients.map(({ city }) => city)).toEqual([null, null, null]);
      });
    });

    it('is counted under the limit of the API application (F3)', async () => {
      server.answerJson(200, []);
      await victig.listClients('i1');
      await victig.listProducts('i2', 'c-1');
      await victig.listClients('own');
      const [first, second, other] = limiter.acquired;
      expect(first).toEqual({
        key: second?.key,
        limit: { requestsPerSecond: 5, burst: 10, requestsPerDay: 20_000 },
      });
      expect(other?.key).not.toBe(first?.key);
      expect(first?.key).not.toContain('token-1');
    });
  });

  describe('placing an order', () => {
    it('creates the applicant, leaving out what is not known (M8)', async () => {
      server.answerJson(201, { applicantGuid: 'a-1', firstName: 'ANA', ssn: 'XXX-XX-3333' });
      expect(await victig.createApplicant('i1', 'c-1', APPLICANT)).toBe('a-1');
      expect(targets()).toEqual(['POST /v1/clients/c-1/applicants']);
      expect(sent()).toEqual({
        firstName: 'Ana',
        lastName: 'Ruiz',
        email: 'ana@example.com',
        phoneNumber: '(415) 226-0134',
        textingEnabled: true,
        proposedPosition: 'Support Lead',
      });
    });

    it('submits with our order id, under a certified purpose (V4, V5)', async () => {
      server.answerJson(201, ORDER);
      expect(await victig.submitOrder('i1', SCREENING)).toEqual({
        orderGuid: 'vo-1',
        orderId: null,
        productGuid: null,
        fileNumber: '576468',
        rawStatus: 'app-pending',
        phase: 'invited',
        flagged: false,
        decision: null,
        orderedAt: new Date(1700943053000),
        completedAt: null,
        modifiedAt: null,
        quickApp: null,
      });
      expect(targets()).toEqual(['POST /v1/clients/c-1/orders']);
      expect(sent()).toEqual({
        applicantGuid: 'a-1',
        clientProductGuid: 'cp-1',
        useQuickApp: true,
        quickappNotifyApplicants: true,
        certifyPermissiblePurpose: true,
        externalIdentifier: 'our-1',
        generalReportReference: 'Support',
      });
    });

    it('sends no reference where there is none (M7)', async () => {
      server.answerJson(201, ORDER);
      await victig.submitOrder('i1', { ...SCREENING, reference: null });
      expect(sent()).not.toHaveProperty('generalReportReference');
    });

    it('sends nothing without a recorded certification (V5)', async () => {
      expect(await failureOf(victig.submitOrder('uncertified', SCREENING))).toMatchObject({
        failure: 'unauthorized',
        fate: 'not_sent',
        code: 'not_certified',
      });
      expect(server.received).toEqual([]);
    });

    it('does not know what became of it when the answer says nothing (V4)', async () => {
      server.answerJson(201, {});
      expect(await failureOf(victig.submitOrder('i1', SCREENING))).toMatchObject({
        failure: 'malformed',
        fate: 'unknown',
      });
    });

    it('keeps both kinds of error envelope, to be said in plain words', async () => {
      const fields = { email: ['must be a well-formed email address'] };
      server.answerJson(400, { code: 'VALIDATION_EXCEPTION', fields });
      const error = await failureOf(victig.createApplicant('i1', 'c-1', APPLICANT));
      expect(error).toMatchObject({ failure: 'rejected', code: 'VALIDATION_EXCEPTION', fields });
      server.answerJson(422, { message: 'No.' });
      expect(await failureOf(victig.createApplicant('i1', 'c-1', APPLICANT))).toMatchObject({
        failure: 'rejected',
        vendorMessage: 'No.',
      });
    });

    it.each([
      [401, 'NOT_AUTHENTICATED'],
      [403, 'NOT_AUTHORIZED'],
      [400, 'NOT_AUTHENTICATED'],
      [400, 'NOT_AUTHORIZED'],
      [422, 'NOT_AUTHORIZED'],
    ])('takes %i %s for the operator’s matter (S3)', async (status, code) => {
      server.answerJson(status, { code });
      expect(await failureOf(victig.createApplicant('i1', 'c-1', APPLICANT))).toMatchObject({
        failure: 'unauthorized',
      });
    });

    it('does not call without credentials', async () => {
      await expect(victig.submitOrder('i9', SCREENING)).rejects.toThrow(NotConnected);
    });
  });

  describe.each([
    [99, 1],
    [100, 2],
    [101, 1],
    [250, 1],
  ])('lists that know nothing of pages, of %i rows', (count, calls) => {
    const serve = (rowOf: (n: number) => object) => {
      const all = Array.from({ length: count }, (_, n) => rowOf(n));
      server.answer(({ target }, response) =>
        sendJson(response, 200, target.endsWith('/status') ? { orderDetail: {} } : all),
      );
    };
    const pagesRead = () => targets().filter((target) => target.includes('?page='));

    it('are read whole, once each row: clients and products (M4, M6)', async () => {
      serve((n) => ({ clientGuid: `c-${n}`, clientProductGuid: `cp-${n}`, name: 'A', productName: 'B' }));
      expect(await victig.listClients('i1')).toHaveLength(count);
      expect(pagesRead()).toHaveLength(calls);
      expect(await victig.listProducts('i1', 'c-1')).toHaveLength(count);
      expect(pagesRead()).toHaveLength(2 * calls);
    });

    it.each([
      ['with ids', (n: number) => ({ orderSearchGuid: `s-${n}`, displayName: 'County', status: 'complete' })],
      ['without ids', (n: number) => ({ displayName: `County ${n}`, status: 'complete' })],
    ])('are read whole, once each row: searches %s (R1)', async (_how, rowOf) => {
      serve(rowOf);
      expect((await victig.readResults('i1', AT)).searches).toHaveLength(count);
      expect(pagesRead()).toHaveLength(calls);
    });

    it('are read whole: the orders of an applicant (V4)', async () => {
      serve((n) => ({ orderGuid: `vo-${n}`, orderStatus: 'pending', externalIdentifier: `other-${n}` }));
      const sought = { clientGuid: 'c-1', applicantGuid: 'a-1', productGuid: 'cp-1', orderId: 'our-1' };
      expect(await victig.findOrder('i1', sought)).toBeNull();
      expect(pagesRead()).toHaveLength(calls);
    });

    it('are read whole: the orders of a client (V3)', async () => {
      serve((n) => ({ orderGuid: `vo-${n}`, orderStatus: 'pending' }));
      let page = await victig.listOrders('i1', 'c-1', 0);
      const guids = page.orders.map(({ orderGuid }) => orderGuid);
      for (let at = 1; page.hasNext && at < 5; at++) {
        page = await victig.listOrders('i1', 'c-1', at, page);
        guids.push(...page.orders.map(({ orderGuid }) => orderGuid));
      }
      expect(guids).toHaveLength(count);
      expect(page.hasNext).toBe(false);
      expect(pagesRead()).toHaveLength(calls);
    });
  });

  it('does not take a page of orders that comes again for the last where another is promised (V3, V4)', async () => {
    server.answerJson(200, [{ orderGuid: 'vo-1', orderStatus: 'pending' }], { link: '<x>; rel="next"' });
    const first = await victig.listOrders('i1', 'c-1', 0);
    expect(first.hasNext).toBe(true);
    const failure = await failureOf(victig.listOrders('i1', 'c-1', 1, first));
    expect(failure).toMatchObject({ failure: 'malformed', code: 'endless_list' });
  });

  it('reads a page of orders though a row of another says what cannot be read, but for whose it is (V3, V4)', async () => {
    const odd = {
      orderGuid: 'vo-2',
      orderStatus: null,
      searchFlagged: '?',
      orderedDate: 'today',
      fileNumber: {},
    };
    server.answerJson(200, [odd, { orderGuid: 'vo-1', orderStatus: 'pending', fileNumber: 7 }]);
    const { orders } = await victig.listOrders('i1', 'c-1', 0);
    expect(orders).toMatchObject([
      { orderGuid: 'vo-2', rawStatus: '', orderedAt: null, fileNumber: '' },
      { orderGuid: 'vo-1', rawStatus: 'pending', fileNumber: '7' },
    ]);
    for (const row of [
      { ...odd, orderGuid: null },
      { ...odd, externalIdentifier: {} },
    ]) {
      server.answerJson(200, [row]);
      expect(await failureOf(victig.listOrders('i1', 'c-1', 0))).toMatchObject({ failure: 'malformed' });
    }
  });

  describe('finding an order again (V4)', () => {
    const sought = { clientGuid: 'c-1', applicantGuid: 'a-1', productGuid: 'cp-1', orderId: 'our-1' };
    const row = (orderGuid: string, externalIdentifier?: string | null) => ({
      orderGuid,
      orderStatus: 'app-pending',
      ...(externalIdentifier !== undefined && { externalIdentifier }),
    });
    const serve = (pages: object[][], details: Record<string, object> = {}) =>
      server.answer(({ target }, response) => {
        if (!target.includes('/applicants/')) {
          const orderGuid = target.split('/').at(-1) ?? '';
          const named = { orderGuid, clientProductGuid: 'cp-1', outcome: 'Eligible' };
          return sendJson(response, 200, { ...ORDER, ...named, ...details[orderGuid] });
        }
        const page = Number(new URL(target, server.url).searchParams.get('page'));
        return sendJson(
          response,
          200,
          pages[page] ?? [],
          page + 1 < pages.length ? { link: '<x>; rel="next"' } : {},
        );
      });

    it('looks through all pages for our id, whatever its case, then reads it (V4)', async () => {
      serve([[row('vo-9', 'our-10')], [row('vo-7', 'our-11'), row('vo-1', 'OUR-1')]]);
      expect(await victig.findOrder('i1', sought)).toMatchObject({ orderGuid: 'vo-1', decision: 'Eligible' });
      expect(targets()).toEqual([
        'GET /v1/clients/c-1/applicants/a-1/orders?page=0&size=100',
        'GET /v1/clients/c-1/applicants/a-1/orders?page=1&size=100',
        'GET /v1/clients/c-1/orders/vo-1',
      ]);
    });

    it('answers null when there is none, or only orders that carry another id (V4)', async () => {
      serve([[]]);
      expect(await victig.findOrder('i1', sought)).toBeNull();
      serve([[row('vo-9', 'our-2')]]);
      expect(await victig.findOrder('i1', sought)).toBeNull();
    });

    it.each([
      ['the row is null and the order has our id', row('vo-8', null), { externalIdentifier: 'our-1' }],
      ['the row leaves it out and the order has our id', row('vo-8'), { externalIdentifier: 'OUR-1' }],
      ['neither has an id, and the product is the one', row('vo-8'), {}],
      ['it is blank', row('vo-8', ' '), { externalIdentifier: '' }],
    ])('reads a row without an id: it is ours when %s (V4)', async (_when, nameless, detail) => {
      serve([[nameless]], { 'vo-8': detail });
      expect(await victig.findOrder('i1', sought)).toMatchObject({ orderGuid: 'vo-8' });
    });

    it('passes by a row without an id whose order carries another (V4)', async () => {
      serve([[row('vo-8')]], { 'vo-8': { externalIdentifier: 'our-2' } });
      expect(await victig.findOrder('i1', sought)).toBeNull();
    });

    it.each([
      ['is of another product', [row('vo-8')], { 'vo-8': { clientProductGuid: 'cp-2' } }],
      ['does not say its product', [row('vo-8')], { 'vo-8': { clientProductGuid: null } }],
      ['has another beside it', [row('vo-8'), row('vo-9')], {}],
    ])('leaves it to a person when an order without an id %s (V4)', async (_what, rows, details) => {
      serve([rows], details);
      expect(await failureOf(victig.findOrder('i1', sought))).toMatchObject({
        failure: 'malformed',
        fate: 'answered',
        code: UNCLEAR_ORDER,
      });
    });

    it('prefers the order with our id to those without any (V4)', async () => {
      serve([[row('vo-8'), row('vo-1', 'our-1')]]);
      expect(await victig.findOrder('i1', sought)).toMatchObject({ orderGuid: 'vo-1' });
    });

    it('does not take a row that cannot be read for none (V4)', async () => {
      serve([[{ orderStatus: 'app-pending' }, row('vo-9', 'our-2')]]);
      expect(await failureOf(victig.findOrder('i1', sought))).toMatchObject({ failure: 'malformed' });
    });

    it('does not take "not found" for "no such order" (V4)', async () => {
      server.answerJson(404, {});
      expect(await failureOf(victig.findOrder('i1', sought))).toMatchObject({
        failure: 'rejected',
        status: 404,
      });
    });
  });

  describe('reading an order', () => {
    const read = (changes: object) => {
      server.answerJson(200, { ...ORDER, ...changes });
      return victig.readOrder('i1', AT);
    };

    it.each([
      ['a status not in the table', { orderStatus: 'on hold' }, { rawStatus: 'on hold', phase: 'unknown' }],
      ['a flag', { searchFlagged: true }, { flagged: true }],
      ['a flag as text', { searchFlagged: 'true' }, { flagged: true }],
      ['a flag as text in capitals', { searchFlagged: ' TRUE ' }, { flagged: true }],
      ['no flag as text in capitals', { searchFlagged: 'False' }, { flagged: false }],
      [
        'a moment that is none',
        { completedDate: 'today', orderedDate: {} },
        { completedAt: null, orderedAt: null },
      ],
      ['a file number that is none', { fileNumber: [] }, { fileNumber: '' }],
      ['no flag', { searchFlagged: undefined }, { flagged: false }],
      ['a decision, without spaces around it (R3)', { outcome: ' Eligible ' }, { decision: 'Eligible' }],
      ['a decision elsewhere (R3)', { decision: 'Eligible' }, { decision: null }],
      ['a blank decision (R3)', { outcome: ' ' }, { decision: null }],
      [
        'a decision that is an object (R3)',
        { outcome: { id: 7 } },
        { decision: null, decisionForm: 'object' },
      ],
      ['a decision that is a list (R3)', { outcome: ['x'] }, { decision: null, decisionForm: 'list' }],
      ['a decision that is a number (R3)', { outcome: 0 }, { decision: null, decisionForm: 'number' }],
      ['a decision that is yes or no (R3)', { outcome: false }, { decision: null, decisionForm: 'boolean' }],
      ['a file number as text', { fileNumber: '12' }, { fileNumber: '12' }],
      ['its completion', { completedDate: 1698960040000 }, { completedAt: new Date(1698960040000) }],
      ['a moment as text', { completedDate: '1698960040000' }, { completedAt: new Date(1698960040000) }],
    ])('understands %s', async (_what, changes, expected) => {
      expect(await read(changes)).toMatchObject(expected);
    });

    it.each(['yes', 1, {}, ''])('does not guess what the flag %j means (R2)', async (searchFlagged) => {
      expect(await failureOf(read({ searchFlagged }))).toMatchObject({ failure: 'malformed' });
    });

    it.each([
      [
        'tells how the candidate was invited',
        1700943053000 + 86_400_000,
        new Date(1700943053000 + 86_400_000),
      ],
      ['does not believe an end before the order', 1698898883000, null],
      ['does not stumble over an end that is none', 'soon', null],
    ])('%s', async (_what, dateExpires, expiresAt) => {
      const quickappInfo = {
        daysActive: 1,
        dateExpires,
        notificationsSentByEmail: 2,
        emailUsed: 'ANA@EXAMPLE.COM',
        textsSent: 1,
        remindersSent: 3,
      };
      expect((await read({ quickappInfo })).quickApp).toEqual({
        expiresAt,
        emailsSent: 2,
        textsSent: 1,
        remindersSent: 3,
      });
    });

    it.each([
      [503, '<html>Maintenance</html>', 'unavailable'],
      [502, '', 'unavailable'],
      [200, '<html>Maintenance</html>', 'malformed'],
    ])(
      'takes %i without JSON for VICTIG being away, and not for an answer (F2)',
      async (status, body, failure) => {
        server.answer((_request, response) =>
          response.writeHead(status, { 'content-type': 'text/html' }).end(body),
        );
        expect((await failureOf(victig.readOrder('i1', AT))).failure).toBe(failure);
      },
    );

    it('lets nothing personal or keyed leave (R1, A4)', async () => {
      expect(Object.keys(await read({ outcome: 'Eligible' })).toSorted()).toEqual([
        'completedAt',
        'decision',
        'fileNumber',
        'flagged',
        'modifiedAt',
        'orderGuid',
        'orderId',
        'orderedAt',
        'phase',
        'productGuid',
        'quickApp',
        'rawStatus',
      ]);
    });
  });

  describe('an answer about an order (R1)', () => {
    const [OURS, THEIRS] = ['0199f0a2-1111-4222-8333-444455556666', '0199f0a2-1111-4222-8333-444455557777'];
    const KNOWN = { ...AT, orderId: OURS, fileNumber: '576468' };
    const ANOTHER = { failure: 'malformed', fate: 'answered', code: 'another_order' };
    const serve = (of: object) =>
      server.answer(({ target }, response) => {
        if (target.includes('/searches')) return sendJson(response, 200, []);
        if (target.endsWith('/status')) return sendJson(response, 200, { orderDetail: of });
        if (target.endsWith('/resultsAsPdf')) {
          return sendJson(response, 200, { resultsUrl: `${server.url}/report.pdf`, ...of });
        }
        response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-1.4');
      });
    const reads = [() => victig.readResults('i1', KNOWN), () => victig.readReport('i1', KNOWN)];

    it.each([
      ['our id and another number', { externalIdentifier: OURS.toUpperCase(), fileNumber: 1 }],
      [
        'our number, and an identifier that is none of ours',
        { externalIdentifier: '10001a', fileNumber: 576468 },
      ],
      ['our number alone, as text', { fileNumber: ' 576468 ' }],
      ['nothing', {}],
      ['nothing that can be read', { externalIdentifier: {}, fileNumber: ['1'] }],
      ['nulls and blanks', { externalIdentifier: null, fileNumber: '' }],
    ])('is taken that says %s (R1)', async (_what, of) => {
      serve(of);
      expect(await reads[0]?.()).toEqual({ reportLink: null, searches: [] });
      expect(await reads[1]?.()).toBeInstanceOf(Uint8Array);
    });

    it.each([
      [
        'an id of another order of ours, though our number',
        { externalIdentifier: THEIRS, fileNumber: 576468 },
      ],
      ["another's identifier and no number", { externalIdentifier: '10001a' }],
      ["another's identifier and number", { externalIdentifier: '10001a', fileNumber: 572352 }],
      ['another number alone', { fileNumber: 572352 }],
    ])('is refused that says %s, and nothing further is read (R1)', async (_what, of) => {
      serve(of);
      for (const read of reads) {
        server.received.length = 0;
        expect(await failureOf(read())).toMatchObject(ANOTHER);
        expect(server.received).toHaveLength(1);
      }
    });

    it('is taken whatever number it says, where none is known (R1)', async () => {
      serve({ fileNumber: 572352 });
      expect(await victig.readResults('i1', { ...KNOWN, fileNumber: '' })).toMatchObject({ searches: [] });
      expect(await victig.readReport('i1', { ...KNOWN, fileNumber: null })).toBeInstanceOf(Uint8Array);
    });

    it('is refused of the order itself where it carries the id of another of ours (R1)', async () => {
      server.answerJson(200, { ...ORDER, externalIdentifier: THEIRS });
      expect(await failureOf(victig.readOrder('i1', KNOWN))).toMatchObject(ANOTHER);
      for (const externalIdentifier of [OURS.toUpperCase(), '10001a', null, undefined]) {
        server.answerJson(200, { ...ORDER, externalIdentifier });
        expect(await victig.readOrder('i1', KNOWN)).toMatchObject({ orderGuid: 'vo-1' });
      }
    });
  });

  describe('reading results (R1)', () => {
    const serve = (link: string | undefined, searches: object[] = []) =>
      server.answer(({ target }, response) =>
        sendJson(
          response,
          200,
          target.endsWith('/status')
            ? {
                orderDetail: {
                  status: 'complete',
                  reportUrl: 'https://victig.example/send/interchangeview/?a=key&b=365',
                  reportUrlLoginRequired: link,
                },
                coApplicantDetails: [],
              }
            : searches,
        ),
      );
    const LINK = 'https://victig.example/editor/viewReport.taz?file=1';

    it('takes the name and status of each search and the link that demands a login (R1)', async () => {
      serve(LINK, [
        {
          orderSearchGuid: 's-1',
          type: 'COUNTY_CRIMINAL_RECORD',
          displayName: 'County Criminal',
          displayValue: 'RUIZ, ANA 111-22-3333',
          status: 'complete',
          result: 'yes',
          results: { records: [{ offenses: ['x'] }] },
        },
        { type: 'CREDIT' },
      ]);
      expect(await victig.readResults('i1', AT)).toEqual({
        reportLink: LINK,
        searches: [
          { name: 'County Criminal', status: 'complete' },
          { name: 'CREDIT', status: 'unknown' },
        ],
      });
      expect(targets()).toEqual([
        'GET /v1/clients/c-1/orders/vo-1/status',
        'GET /v1/clients/c-1/orders/vo-1/searches?page=0&size=100',
      ]);
    });

    it('bears rows that say nothing that can be read (R1)', async () => {
      serve(LINK, [{ displayName: 7, type: 'CREDIT', status: {} }, ['x']]);
      const { searches } = await victig.readResults('i1', AT);
      expect(searches).toEqual([{ name: 'CREDIT', status: 'unknown' }]);
      serve(LINK, [['x']]);
      expect((await failureOf(victig.readResults('i1', AT))).failure).toBe('malformed');
    });

    it.each([undefined, '', 'javascript:alert(1)', 'https://victig.example/send/interchangeview/?a=key'])(
      'has no link rather than %j (R1)',
      async (link) => {
        serve(link);
        expect((await victig.readResults('i1', AT)).reportLink).toBeNull();
      },
    );
  });
});
