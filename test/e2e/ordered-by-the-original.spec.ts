import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { Pauses } from '../../src/operations/pauses.js';
import { WatchHome } from '../../src/operations/watch-home.js';
import { enterHold, endHold } from '../support/holds.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

interface Client {
  clientGuid: string;
  products: { clientProductGuid: string; productName: string }[];
}

/** With settings that were changed since the backup, or for another location of the job. */
describe('what the original ordered otherwise than the restored copy would (V4)', () => {
  let service: TestService;
  let play: Play;
  let branch: Client;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    branch = await play.drive('POST', '/victig/clients', {
      name: 'Acme Eugene',
      code: 'EUG',
      products: ['Criminal Package 1', 'Criminal Package 2'],
    });
    await play.setUp({ subClientBy: 'clientCode', subClientPrefix: 'Client:', reorder: 'always' });
  });
  afterEach(async () => {
    await play.drive('DELETE', '/faults');
    await play.change({ settings: { holdSeconds: 0 } });
  });
  afterAll(() => service.stop());

  const ordered = async (tags: string[]): Promise<string> => {
    const opportunityId = await play.candidate({ tags });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
    return opportunityId;
  };
  const atVictig = async (
    clientGuid: string,
    path: string,
    body: object,
  ): Promise<Record<string, string>> => {
    const answer = await fetch(`${service.sandbox.victigApiUrl}/clients/${clientGuid}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${SEED.victig.token}` },
      body: JSON.stringify(body),
    });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };
  const placeAsOriginal = async (
    externalIdentifier: string,
    { clientGuid, products }: Client,
    productName: string,
  ): Promise<void> => {
    const person = { firstName: 'Ana', lastName: 'Ruiz', email: 'ana.ruiz@example.com' };
    const { applicantGuid } = await atVictig(clientGuid, '/applicants', person);
    const product = products.find((one) => one.productName === productName);
    await atVictig(clientGuid, '/orders', {
      applicantGuid,
      clientProductGuid: product?.clientProductGuid,
      externalIdentifier,
      useQuickApp: true,
    });
  };
  const restore = async (): Promise<void> => {
    await service.part(Pauses).pause('command:service-pause');
    await service.part(WatchHome).look();
    await service.admin.post('/admin/v1/pause/resume').send({ reason: 'T-1' }).expect(200);
  };
  const untilPlaced = (id: string, what: object): Promise<void> =>
    eventually(async () => {
      const order = await service.admin.get(`/admin/v1/orders/${id}`).expect(200);
      expect(order.body).toMatchObject(what);
    });

  it('is taken over, under the client and as the product that it was ordered as', async () => {
    // So the branch is known to have been ordered under; of who is checked now the tag was taken away since.
    await ordered(['Client: EUG']);
    const opportunityId = await ordered([]);
    await play.move(opportunityId, SEED.lever.stages.recruiterScreen);
    const id = await enterHold(play, opportunityId);
    await placeAsOriginal(id, branch, 'Criminal Package 2');
    await restore();
    await endHold(play, id);
    await untilPlaced(id, {
      status: 'pending',
      client: { name: 'Acme Eugene', guid: branch.clientGuid },
      product: { name: 'Criminal Package 2' },
    });
    expect(await play.drive('GET', `/victig/orders?externalIdentifier=${id}`)).toHaveLength(1);
    // It is followed, and shown, as any other.
    const [{ orderGuid } = { orderGuid: '' }] = await play.drive<{ orderGuid: string }[]>(
      'GET',
      `/victig/orders?externalIdentifier=${id}`,
    );
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
    await untilPlaced(id, { status: 'complete', flagged: true });
  });

  it.each([
    ['gone', 404],
    ['not for the token', 403],
  ])(
    'is looked for under the main client of an earlier version, whichever others are %s',
    async (_, status) => {
      const other = await play.drive<Client>('POST', '/victig/clients', {
        name: 'Acme of before',
        products: ['Criminal Package 1'],
      });
      const opportunityId = await ordered([]);
      await play.move(opportunityId, SEED.lever.stages.recruiterScreen);
      await play.change({ victig: { clientGuid: other.clientGuid } });
      await play.change({ victig: { clientGuid: SEED.victig.clients.main } });
      const id = await enterHold(play, opportunityId);
      await placeAsOriginal(id, other, 'Criminal Package 1');
      await restore();
      await play.drive('POST', '/faults', {
        vendor: 'victig',
        match: { method: 'GET', path: `/clients/${branch.clientGuid}/orders` },
        kind: 'status',
        status,
        times: null,
      });
      await endHold(play, id);
      await untilPlaced(id, {
        status: 'pending',
        client: { name: 'Acme of before', guid: other.clientGuid },
      });
      expect(await play.drive('GET', `/victig/orders?externalIdentifier=${id}`)).toHaveLength(1);
    },
  );
});
