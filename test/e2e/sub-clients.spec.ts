import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const CITY = 'Eugene';
const TOKEN_THAT_READS_CLIENTS = 'token-that-reads-clients';

interface Added {
  clientGuid: string;
  products: { clientProductGuid: string; productName: string }[];
}

describe('ordering under a sub-client (M4, M6)', () => {
  let service: TestService;
  let play: Play;
  let branch: Added;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    // More clients than a page has: the one that is looked for is on the second.
    for (let n = 0; n < 105; n++) {
      await play.drive('POST', '/victig/clients', { name: `Branch ${n}`, code: `B${n}`, city: `City ${n}` });
    }
    branch = await play.drive('POST', '/victig/clients', {
      name: 'Acme Eugene',
      code: 'EUG',
      city: CITY,
      products: ['Criminal Package 1'],
    });
    await play.drive('POST', '/victig/tokens', { token: TOKEN_THAT_READS_CLIENTS, type: 'CLIENT' });
  });
  afterAll(() => service.stop());

  const setUp = async (settings: object, victig: object = {}): Promise<void> => {
    await play.drive('DELETE', '/lever/webhooks');
    await play.setUp(settings, { victig: { clientGuid: SEED.victig.clients.main, ...victig } });
  };

  it.each<
    [
      how: string,
      settings: { subClientBy: string; clientCities?: () => object },
      victig: object,
      location: string,
      reason: string,
    ]
  >([
    [
      'its name',
      { subClientBy: 'clientName' },
      {},
      'Acme Eugene',
      'the name "Acme Eugene", which this client has',
    ],
    ['its code', { subClientBy: 'clientCode' }, {}, 'EUG', 'the code "EUG", which this client has'],
    [
      'the city of its record',
      { subClientBy: 'clientCity' },
      { apiToken: TOKEN_THAT_READS_CLIENTS },
      `${CITY}, OR`,
      `the city "${CITY}", which this client has`,
    ],
    [
      'the map in the settings',
      { subClientBy: 'clientCity', clientCities: () => ({ [CITY]: branch.clientGuid }) },
      {},
      `${CITY}, OR`,
      `the city "${CITY}", which clientCities gives to this client`,
    ],
    [
      'the map in the settings, typed in capitals',
      { subClientBy: 'clientCity', clientCities: () => ({ [CITY]: branch.clientGuid.toUpperCase() }) },
      {},
      `${CITY}, OR`,
      `the city "${CITY}", which clientCities gives to this client`,
    ],
  ])(
    'finds it by %s, orders its own product, and the preview says how it was found (M4, M6, M12)',
    async (
      _how,
      { clientCities, ...settings }: { clientCities?: () => object },
      victig,
      location,
      reason,
    ) => {
      await setUp({ ...settings, ...(clientCities && { clientCities: clientCities() }) }, victig);
      const opportunityId = await play.candidate({ opportunityLocation: location });
      const preview = await service.admin
        .post(`/admin/v1/installations/${play.installation.id}/preview`)
        .send({ opportunityId })
        .expect(200);
      const { values } = preview.body as { values: { field: string; value: string; reason: string }[] };
      const chosen = values.find(({ field }) => field === 'client');
      expect(chosen).toMatchObject({ value: 'Acme Eugene' });
      expect(chosen?.reason).toContain(reason);

      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
      const order = await play.orderAtVictig(opportunityId);
      expect(order.clientGuid).toBe(branch.clientGuid);
      expect(order.received.order['clientProductGuid']).toBe(branch.products[0]?.clientProductGuid);
    },
  );

  it('orders under a main client whose guid was typed in capitals, and gives it back as it was (M6, I7)', async () => {
    const clientGuid = SEED.victig.clients.main.toUpperCase();
    expect(clientGuid).not.toBe(SEED.victig.clients.main);
    await setUp({ subClientBy: 'clientCity' }, { clientGuid, apiToken: TOKEN_THAT_READS_CLIENTS });
    const path = `/admin/v1/installations/${play.installation.id}`;
    const read = async <T>(what: string): Promise<T> =>
      (await service.admin.get(`${path}${what}`).expect(200)).body as T;
    expect(await read('')).toMatchObject({ victig: { clientGuid } });
    const { items } = await read<{ items: { guid: string; isMain: boolean }[] }>('/clients');
    expect(items.filter(({ isMain }) => isMain).map(({ guid }) => guid)).toEqual([SEED.victig.clients.main]);
    expect((await read<{ items: object[] }>('/products')).items).not.toEqual([]);
    const check = await service.admin.post(`${path}/check`).expect(200);
    const codes = (check.body as { findings: { code: string }[] }).findings.map(({ code }) => code);
    expect(codes.filter((code) => /^(victig_client|default_product|mapped_client)/.test(code))).toEqual([]);

    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    expect(await play.orderAtVictig(opportunityId)).toMatchObject({ clientGuid: SEED.victig.clients.main });
    expect(await play.order(opportunityId)).toMatchObject({
      client: { name: 'Acme', guid: SEED.victig.clients.main },
      warnings: [],
    });
  });

  it('does not order a product that only the main client has, and says so (M3, M6)', async () => {
    await setUp({ subClientBy: 'clientCode' });
    const opportunityId = await play.candidate({
      opportunityLocation: 'EUG',
      tags: ['Product: Criminal Package 2'],
    });
    await play.move(opportunityId);
    const { notes } = await play.untilStatus(opportunityId, 'Rejected');
    expect(notes[0]?.fields[0]?.value).toContain('Criminal Package 2');
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
  });

  it('orders under the main client, or not at all, where none is found, as the settings say (M5)', async () => {
    for (const subClientMismatch of ['main', 'error']) {
      await setUp({ subClientBy: 'clientCode', subClientMismatch });
      const opportunityId = await play.candidate({ opportunityLocation: 'NOWHERE' });
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, subClientMismatch === 'main' ? 'Pending' : 'Rejected');
      const clients = (await play.ordersAtVictig(opportunityId)).map(({ clientGuid }) => clientGuid);
      expect(clients).toEqual(subClientMismatch === 'main' ? [SEED.victig.clients.main] : []);
    }
  });

  it.each<[string, code: string, odd: object]>([
    ['a code that is a number', '8001', { code: 8001 }],
    ['an address that is one text', '8002', { physicalAddress: '1 Main St, Boise' }],
    ['a city that is a number', '8003', { city: 83701 }],
  ])('finds one that VICTIG lists with %s, and not the main client (M4)', async (_what, code, odd) => {
    const { clientGuid } = await play.drive<Added>('POST', '/victig/clients', {
      name: `Acme ${code}`,
      code,
      products: ['Criminal Package 1'],
    });
    await setUp({ subClientBy: 'clientCode', subClientPrefix: 'Client:' });
    const list = [
      { clientGuid: SEED.victig.clients.main, name: 'Acme', code: 'MAIN' },
      { clientGuid, name: `Acme ${code}`, code, ...odd },
    ];
    const match = { method: 'GET', path: '^/v1/clients$' };
    const answer = { kind: 'status', status: 200, body: list, times: null };
    await play.drive('POST', '/faults', { vendor: 'victig', match, ...answer });
    const opportunityId = await play.candidate({ tags: [`Client: ${code}`] });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.drive('DELETE', '/faults');
    expect((await play.orderAtVictig(opportunityId)).clientGuid).toBe(clientGuid);
  });
});
