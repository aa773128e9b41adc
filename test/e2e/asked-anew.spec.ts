import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const TOKEN_THAT_READS_CLIENTS = 'token-that-reads-clients';

/** Longer than the test lets VICTIG take: it is let go. */
const HELD_MS = 19_000;

interface Added {
  clientGuid: string;
}

describe('an order that is not just what was asked for', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.drive('POST', '/victig/tokens', { token: TOKEN_THAT_READS_CLIENTS, type: 'CLIENT' });
  });
  afterEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const setUp = async (settings: object, victig: object = {}): Promise<void> => {
    await play.drive('DELETE', '/lever/webhooks');
    await play.setUp(settings, { victig: { clientGuid: SEED.victig.clients.main, ...victig } });
  };
  const moved = async (fields: object): Promise<string> => {
    const opportunityId = await play.candidate(fields);
    await play.move(opportunityId);
    return opportunityId;
  };
  /** Whatever an order of these needs was read a moment ago. */
  const ordered = async (fields: object = {}): Promise<string> => {
    const opportunityId = await moved(fields);
    await play.untilStatus(opportunityId, 'Pending');
    return opportunityId;
  };
  const addClient = (client: object): Promise<Added> =>
    play.drive('POST', '/victig/clients', { products: ['Criminal Package 1'], ...client });
  const addPosting = (fields: object): Promise<{ id: string }> =>
    play.drive('POST', '/lever/postings', { text: 'Driver', ...fields });
  const preview = async (tags: string[]): Promise<{ order: object | null; refusals: { code: string }[] }> => {
    const path = `/admin/v1/installations/${play.installation.id}/preview`;
    const candidate = { name: 'Ana Ruiz', emails: ['ana@example.com'], tags };
    const answer = await service.admin.post(path).send({ candidate }).expect(200);
    return answer.body as { order: object | null; refusals: { code: string }[] };
  };

  it.each(['default', 'error'])(
    'is of a product that VICTIG added a moment ago, where a mismatch means %s (M3, M6)',
    async (productMismatch) => {
      await setUp({ productPrefix: 'Product:', productMismatch });
      await ordered();
      for (const name of [`New for ${productMismatch}`, `Newer for ${productMismatch}`]) {
        await play.drive('POST', '/victig/products', { clientGuid: SEED.victig.clients.main, name });
        const opportunityId = await ordered({ tags: [`Product: ${name}`] });
        expect((await play.orderAtVictig(opportunityId)).productName).toBe(name);
      }
    },
  );

  it.each(['main', 'error'])(
    'is under a sub-client that VICTIG added a moment ago, where a mismatch means %s (M4, M5)',
    async (subClientMismatch) => {
      const settings = { subClientBy: 'clientName', subClientPrefix: 'Sub:', subClientMismatch };
      await setUp(settings);
      await ordered({ tags: ['Sub: Acme'] });
      const name = `Acme Branch for ${subClientMismatch}`;
      const { clientGuid } = await addClient({ name });
      const opportunityId = await ordered({ tags: [`Sub: ${name}`] });
      expect((await play.orderAtVictig(opportunityId)).clientGuid).toBe(clientGuid);
    },
  );

  it('is of a new product of a new sub-client, both asked for anew (M3, M6)', async () => {
    await setUp({
      productPrefix: 'Product:',
      productMismatch: 'default',
      subClientBy: 'clientCode',
      subClientPrefix: 'Sub:',
    });
    const first = await addClient({ name: 'Acme First', code: 'FIRST' });
    await ordered({ tags: ['Sub: FIRST'] });
    await addClient({ name: 'Acme Second', code: 'SECOND' });
    await ordered({ tags: ['Sub: SECOND'] });
    await play.drive('POST', '/victig/products', { clientGuid: first.clientGuid, name: 'Package of First' });
    const opportunityId = await ordered({ tags: ['Sub: FIRST', 'Product: Package of First'] });
    expect(await play.orderAtVictig(opportunityId)).toMatchObject({
      clientGuid: first.clientGuid,
      productName: 'Package of First',
    });
  });

  it.each(['main', 'error'])(
    'goes by the location that the posting has now, where a mismatch means %s (M4, M5)',
    async (subClientMismatch) => {
      await setUp({ subClientBy: 'clientName', subClientMismatch });
      const name = `Acme Right for ${subClientMismatch}`;
      const { clientGuid } = await addClient({ name });
      const { id: postingId } = await addPosting({ location: 'Acme Wrong' });
      const settled = subClientMismatch === 'main' ? 'Pending' : 'Rejected';
      const fields = { postingId, opportunityLocation: 'unspecified' };
      await play.untilStatus(await moved(fields), settled);
      await play.drive('PATCH', `/lever/postings/${postingId}`, { location: name });
      const opportunityId = await ordered(fields);
      expect((await play.orderAtVictig(opportunityId)).clientGuid).toBe(clientGuid);
    },
  );

  it('goes by the location that the posting has now, also where the one before is a sub-client too (M4, M6)', async () => {
    await setUp({ subClientBy: 'clientName', subClientPrefix: 'Sub:' });
    const before = await addClient({ name: 'Acme Vallejo' });
    const now = await addClient({ name: 'Acme Benicia' });
    const { id: postingId } = await addPosting({ location: 'Acme Vallejo' });
    const fields = { postingId, opportunityLocation: 'unspecified' };
    const reads = async (): Promise<number> =>
      (await play.drive<{ path: string }[]>('GET', '/calls?vendor=lever')).filter(({ path }) =>
        path.endsWith(postingId),
      ).length;
    expect((await play.orderAtVictig(await ordered(fields))).clientGuid).toBe(before.clientGuid);
    expect(await reads()).toBe(1);
    await play.drive('PATCH', `/lever/postings/${postingId}`, { location: 'Acme Benicia' });
    expect((await play.orderAtVictig(await ordered(fields))).clientGuid).toBe(now.clientGuid);
    expect(await reads()).toBe(2);
    const tagged = await ordered({ ...fields, tags: ['Sub: Acme Vallejo'] });
    expect((await play.orderAtVictig(tagged)).clientGuid).toBe(before.clientGuid);
    expect(await reads()).toBe(2);
  });

  it('has the reference that the posting gives now (M7)', async () => {
    await setUp({ referenceBy: 'jobDepartment' });
    const { id: postingId } = await addPosting({ department: null });
    expect((await play.orderAtVictig(await ordered({ postingId }))).reference).toBeNull();
    await play.drive('PATCH', `/lever/postings/${postingId}`, { department: 'Fleet' });
    expect((await play.orderAtVictig(await ordered({ postingId }))).reference).toBe('Fleet');
  });

  it('waits while VICTIG cannot be asked anew, rather than be of the default (M3, S3)', async () => {
    await setUp({ productPrefix: 'Product:', productMismatch: 'default' });
    await ordered();
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: '/products$' },
      kind: 'status',
      status: 403,
    });
    const opportunityId = await moved({ tags: ['Product: Nonsense'] });
    const order = await eventually(async () => {
      const seen = await play.order(opportunityId);
      expect((await play.timeline(seen.id)).map(({ kind }) => kind)).toContain('trouble');
      return seen;
    });
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    await service.admin.post(`/admin/v1/orders/${order.id}/retry`).send({}).expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    expect((await play.orderAtVictig(opportunityId)).productName).toBe('Criminal Package 1');
  });

  describe('and whose product VICTIG made anew under its name', () => {
    const PACKAGE = 'Criminal Package 1';
    const SUBMISSION = { method: 'POST', path: '/orders$' };
    let clientGuid: string;
    let guid: string;

    interface Product {
      clientProductGuid: string;
    }
    const counted = async (): Promise<{ submitted: number; applicants: number; lists: number }> => {
      const all = await play.drive<{ method: string; path: string }[]>('GET', '/calls?vendor=victig');
      const number = (what: RegExp): number =>
        all.filter(({ method, path }) => path.includes(clientGuid) && what.test(`${method} ${path}`)).length;
      return {
        submitted: number(/^POST .*\/orders$/),
        applicants: number(/^POST .*\/applicants$/),
        lists: number(/^GET .*\/products$/),
      };
    };
    const since = async (before: Awaited<ReturnType<typeof counted>>): Promise<typeof before> => {
      const now = await counted();
      return {
        submitted: now.submitted - before.submitted,
        applicants: now.applicants - before.applicants,
        lists: now.lists - before.lists,
      };
    };
    const remove = (): Promise<unknown> => play.drive('DELETE', `/victig/products/${guid}`);
    const make = async (): Promise<void> => {
      const made = await play.drive<Product>('POST', '/victig/products', { clientGuid, name: PACKAGE });
      guid = made.clientProductGuid;
    };
    const refuse = (status: number, times: number | null): Promise<unknown> =>
      play.drive('POST', '/faults', {
        vendor: 'victig',
        match: SUBMISSION,
        kind: 'status',
        status,
        times,
        body: { errors: ['The zip code is wrong.'] },
      });
    const noteOf = async (opportunityId: string): Promise<string> =>
      (await play.untilStatus(opportunityId, 'Rejected')).notes[0]?.fields[0]?.value ?? '';

    /** A client of its own, whose products were just read. */
    beforeEach(async () => {
      const client = await addClient({ name: 'Acme of Products', products: [] });
      ({ clientGuid } = client);
      await make();
      await setUp({ productPrefix: 'Product:' }, { clientGuid });
      await ordered();
    });

    it.each([
      ['the default', []],
      ['named by a tag', [`Product: ${PACKAGE}`]],
    ])('is submitted once more, of the new one, where it is %s (M6, S2, V4)', async (_, tags) => {
      await remove();
      await make();
      const before = await counted();
      const opportunityId = await ordered({ tags });
      const { received } = await play.orderAtVictig(opportunityId);
      expect(received.order).toMatchObject({ clientProductGuid: guid });
      expect(await since(before)).toEqual({ submitted: 2, applicants: 1, lists: 1 });
      const order = await play.order(opportunityId);
      expect(order).toMatchObject({ product: { name: PACKAGE, guid } });
      const story = (await play.timeline(order.id)).filter(({ kind }) =>
        /^(mapped|submit|placed)/.test(kind),
      );
      expect(story.map(({ kind }) => kind)).toEqual([
        'mapped',
        'submit_started',
        'submit_not_received',
        'mapped',
        'submit_started',
        'placed',
      ]);
      // Whoever comes next needs no second try.
      await ordered();
      expect(await since(before)).toEqual({ submitted: 3, applicants: 2, lists: 1 });
    });

    it('is refused for what can be mended where the product is gone for good (M3, S2)', async () => {
      await remove();
      const before = await counted();
      const note = await noteOf(await moved({}));
      expect(note).toContain(`the default product "${PACKAGE}" does not exist in VICTIG's client`);
      expect(await since(before)).toMatchObject({ submitted: 1, applicants: 1 });
    });

    it.each([400, 422])(
      'is refused at once, by %i, where the product is the same (S2, S3)',
      async (status) => {
        await refuse(status, 1);
        const before = await counted();
        expect(await noteOf(await moved({}))).toContain('VICTIG refused the request');
        expect(await since(before)).toEqual({ submitted: 1, applicants: 1, lists: 1 });
      },
    );

    it('is submitted twice and never more where the new one is refused, too (M6, S2)', async () => {
      await remove();
      await make();
      await refuse(400, null);
      const before = await counted();
      expect(await noteOf(await moved({}))).toContain('VICTIG refused the request');
      expect(await since(before)).toMatchObject({ submitted: 2, applicants: 1 });
    });

    it('is not submitted again once a person has canceled it (M6, S4, V4)', async () => {
      await remove();
      await make();
      await play.drive('POST', '/faults', {
        vendor: 'victig',
        match: SUBMISSION,
        kind: 'status',
        status: 400,
        delayMs: HELD_MS,
        times: 1,
      });
      const before = await counted();
      const opportunityId = await moved({});
      await eventually(async () => {
        expect(await play.drive('GET', '/faults')).toMatchObject([{ struck: 1 }]);
      });
      const { id } = await play.order(opportunityId);
      await service.admin.post(`/admin/v1/orders/${id}/cancel`).expect(200);
      await play.drive('POST', '/faults/let-go');
      await untilDone(service, ['place-order'], { opportunityId });
      const told = (await play.timeline(id)).map(({ kind }) => kind);
      expect(told).toContain('submit_not_received');
      expect(told.filter((kind) => kind === 'submit_started')).toHaveLength(1);
      expect(await since(before)).toMatchObject({ submitted: 1 });
      expect(await play.order(opportunityId)).toMatchObject({ id, status: 'canceled' });
    });

    it('waits while VICTIG cannot be asked for its products, rather than be refused (M6, S3)', async () => {
      await remove();
      await make();
      await play.drive('POST', '/faults', {
        vendor: 'victig',
        match: { method: 'GET', path: '/products$' },
        kind: 'status',
        status: 403,
        times: 2,
      });
      const before = await counted();
      const opportunityId = await moved({});
      const { id } = await eventually(async () => {
        const seen = await play.order(opportunityId);
        expect((await play.timeline(seen.id)).map(({ kind }) => kind)).toContain('trouble');
        return seen;
      });
      expect(await since(before)).toMatchObject({ submitted: 1, applicants: 1 });
      await service.admin.post(`/admin/v1/orders/${id}/retry`).send({}).expect(200);
      await play.untilStatus(opportunityId, 'Pending');
      expect((await play.orderAtVictig(opportunityId)).received.order).toMatchObject({
        clientProductGuid: guid,
      });
      expect(await since(before)).toMatchObject({ submitted: 2, applicants: 1 });
    });
  });

  describe('however many there are', () => {
    beforeEach(() => {
      service.clock.forward(3_600_000);
      service.clock.stand();
    });
    afterEach(() => service.clock.goOn());

    const lists = async (): Promise<string[]> =>
      (await play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig'))
        .map(({ operation }) => operation)
        .filter((operation) => /\/(clients|products)$/.test(operation));

    it('costs a few calls, and then one in half a minute for each list that matters (F3)', async () => {
      await setUp({ productPrefix: 'Product:', productMismatch: 'default' });
      const before = (await lists()).length;
      for (let n = 0; n < 30; n++) expect((await preview(['Product: Nonsense'])).order).not.toBeNull();
      const read = (await lists()).slice(before);
      expect(read.filter((operation) => !operation.endsWith('/products')).length).toBeLessThanOrEqual(1);
      expect(read.length).toBeLessThanOrEqual(13);
      service.clock.forward(30_000);
      await preview(['Product: Nonsense']);
      expect(await lists()).toHaveLength(before + read.length + 1);
    });

    it('costs nothing where what is wrong is none of the lists (F3)', async () => {
      await setUp({ productPrefix: 'Product:' });
      await preview([]);
      const before = (await lists()).length;
      const { refusals } = await preview(['Product: Criminal Package 1', 'Product: Criminal Package 2']);
      expect(refusals.map(({ code }) => code)).toEqual(['conflicting_product_tags']);
      expect(await lists()).toHaveLength(before);
    });
  });

  it('is not under the main client for one refused record of a client: that is trouble, and retried (M4, S3)', async () => {
    await addClient({ name: 'Acme Salem', code: 'SLM', city: 'Salem' });
    const { clientGuid } = await addClient({ name: 'Acme Eugene', code: 'EUG', city: 'Eugene' });
    const settings = { subClientBy: 'clientCity', subClientPrefix: 'City:', subClientMismatch: 'main' };
    await setUp(settings, { apiToken: TOKEN_THAT_READS_CLIENTS });
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: `/clients/${clientGuid}$` },
      kind: 'status',
      status: 403,
      body: { code: 'NOT_AUTHORIZED' },
    });
    const opportunityId = await moved({ tags: ['City: Eugene'] });
    const order = await eventually(async () => {
      const seen = await play.order(opportunityId);
      expect(await play.timeline(seen.id)).toContainEqual(
        expect.objectContaining({
          kind: 'trouble',
          data: expect.objectContaining({ failure: 'unauthorized' }) as object,
        }),
      );
      return seen;
    });
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    await service.admin.post(`/admin/v1/orders/${order.id}/retry`).send({}).expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    expect((await play.orderAtVictig(opportunityId)).clientGuid).toBe(clientGuid);
    expect((await play.order(opportunityId))['mappingWarnings']).toEqual([]);
  });
});
