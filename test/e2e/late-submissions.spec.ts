import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { ScreeningProvider } from '../../src/orders/ports/screening-provider.js';
import { eventually } from '../support/eventually.js';
import { OTHER_STAGE, Play, type SeenOrder } from '../support/play.js';
import { roundOfReconciler } from '../support/round.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

/** Longer than a submission whose answer never came is waited for. */
const SETTLED_MS = 61_000;

/** A call is let go long before, and given up after 20 s. */
const HELD_MS = 19_000;

const HOUR_MS = 3_600_000;

const DAY_MS = 24 * HOUR_MS;

const SENT = SEED.victig.products.criminalPackage1;

const SUBMISSION = { vendor: 'victig', match: { method: 'POST', path: '/orders$' } };

interface SeenFault {
  path: string | null;
  times: number;
  struck: number;
}

describe('a submission that comes true after it was taken for lost (V4)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '0' });
    play = new Play(service);
    await play.setUp({ productPrefix: 'Package:' });
  });
  afterEach(async () => {
    await play.drive('DELETE', '/faults');
    await play.drive('POST', '/outgoing', { vendor: 'victig' });
  });
  afterAll(() => service.stop());

  /** The applicants that were submitted for, one for each submission. */
  const submissions = async (orderId: string): Promise<unknown[]> =>
    (await play.timeline(orderId))
      .filter(({ kind }) => kind === 'submit_started')
      .map(({ data }) => data['applicantGuid']);

  const untilSubmitted = (orderId: string, count: number): Promise<unknown[]> =>
    eventually(async () => {
      const seen = await submissions(orderId);
      expect(seen).toHaveLength(count);
      // Not before it has arrived: a clock that moves on would keep it from being sent.
      const faults = await play.drive<SeenFault[]>('GET', '/faults');
      const losing = faults.filter(({ path }) => path === SUBMISSION.match.path);
      expect(losing).not.toEqual([]);
      const total = (of: 'struck' | 'times'): number => losing.reduce((sum, fault) => sum + fault[of], 0);
      expect(total('struck')).toBeGreaterThanOrEqual(Math.min(count, total('times')));
      return seen;
    });

  /** VICTIG gets through with what it was sent long ago. */
  const comesTrue = (
    orderId: string,
    applicantGuid: unknown,
    clientProductGuid: string = SENT,
  ): Promise<SeenOrder> =>
    play.drive('POST', '/victig/orders', {
      applicantGuid,
      clientProductGuid,
      externalIdentifier: orderId,
      // As it was sent: without a form to fill in it would soon be under way.
      useQuickApp: true,
    });

  /** In none of whose lists the order of a test is looked for. */
  const otherApplicant = async (clientGuid: string = SEED.victig.clients.main): Promise<string> => {
    const email = `other.${randomBytes(4).toString('hex')}@example.com`;
    const made = await fetch(`${service.sandbox.url}/victig/v1/clients/${clientGuid}/applicants`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${SEED.victig.token}` },
      body: JSON.stringify({ firstName: 'Ana', lastName: 'Ruiz', email }),
    });
    return ((await made.json()) as { applicantGuid: string }).applicantGuid;
  };

  const applicantsMade = async (): Promise<number> => {
    const calls = await play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig');
    return calls.filter(({ operation }) => /^POST .*\/applicants$/.test(operation)).length;
  };

  const lose = (times: number): Promise<unknown> =>
    play.drive('POST', '/faults', { ...SUBMISSION, kind: 'drop_before', times });

  const start = async (candidate: object = {}): Promise<{ opportunityId: string; id: string }> => {
    const opportunityId = await play.candidate(candidate);
    await play.move(opportunityId);
    const { id } = await eventually(() => play.order(opportunityId));
    return { opportunityId, id };
  };

  it('is found before a third is sent, though the second was made for another name', async () => {
    await lose(2);
    const { opportunityId, id } = await start();
    const [first] = await untilSubmitted(id, 1);
    await play.drive('PATCH', `/lever/opportunities/${opportunityId}`, { name: 'Ana Ruiz Vega' });
    service.clock.forward(SETTLED_MS);
    const [, second] = await untilSubmitted(id, 2);
    expect(second).not.toBe(first);
    const late = await comesTrue(id, first);
    service.clock.forward(SETTLED_MS);
    await play.untilStatus(opportunityId, 'Pending');
    expect(await submissions(id)).toHaveLength(2);
    expect(await play.ordersAtVictig(opportunityId)).toMatchObject([{ orderGuid: late.orderGuid }]);
  });

  it('is followed as what it was sent as, where the product is another by now', async () => {
    await lose(1);
    await play.drive('POST', '/faults', { ...SUBMISSION, kind: 'status', status: 403 });
    const { opportunityId, id } = await start();
    const [first] = await untilSubmitted(id, 1);
    await play.drive('PATCH', `/lever/opportunities/${opportunityId}`, {
      tags: ['Package: Criminal Package 2'],
    });
    service.clock.forward(SETTLED_MS);
    await untilSubmitted(id, 2);
    const mapped = (await play.timeline(id)).findLast(({ kind }) => kind === 'mapped');
    expect(mapped).toMatchObject({ data: { product: 'Criminal Package 2' } });
    await comesTrue(id, first);
    await play.untilStatus(opportunityId, 'Pending');
    expect((await play.order(opportunityId))['product']).toEqual({ name: 'Criminal Package 1', guid: SENT });
  });

  describe('whose order was mapped anew since, by settings that a person changed', () => {
    afterEach(() =>
      play.change({
        settings: { defaultProduct: 'Criminal Package 1', statusPrefix: 'Background Check Status:' },
      }),
    );

    const mappings = async (orderId: string): Promise<unknown[]> =>
      (await play.timeline(orderId)).filter(({ kind }) => kind === 'mapped').map(({ data }) => data);
    /** Submitted, taken for lost, mapped anew by the next version and with a warning the less, and not taken by VICTIG then. */
    const mappedAnew = async () => {
      await lose(1);
      await play.drive('POST', '/faults', { ...SUBMISSION, kind: 'status', status: 403 });
      const { opportunityId, id } = await start({ phones: ['12'] });
      const [first] = await untilSubmitted(id, 1);
      const { settingsVersion: version } = await play.order(opportunityId);
      await play.drive('PATCH', `/lever/opportunities/${opportunityId}`, { phones: [] });
      await play.change({ settings: { defaultProduct: 'Criminal Package 2', statusPrefix: 'Screening:' } });
      service.clock.forward(SETTLED_MS);
      await untilSubmitted(id, 2);
      const next = Number(version) + 1;
      expect(await mappings(id)).toMatchObject([
        { product: 'Criminal Package 1', settingsVersion: version, warnings: ['phone_left_out'] },
        { product: 'Criminal Package 2', settingsVersion: next, warnings: [] },
      ]);
      expect(await play.order(opportunityId)).toMatchObject({ settingsVersion: next, mappingWarnings: [] });
      const asSent = {
        product: { name: 'Criminal Package 1', guid: SENT },
        settingsVersion: version,
        mappingWarnings: ['phone_left_out'],
      };
      return { opportunityId, id, asSent, comesTrue: () => comesTrue(id, first) };
    };

    it('is of the version that it was mapped by, as what was sent is (I3, A1)', async () => {
      const late = await mappedAnew();
      await late.comesTrue();
      await play.untilStatus(late.opportunityId, 'Pending');
      await eventually(async () => {
        const { tags: shown } = await play.opportunity(late.opportunityId);
        expect(shown.filter((tag) => tag.startsWith('Screening:'))).toEqual([]);
      });
      expect(await play.order(late.opportunityId)).toMatchObject(late.asSent);
      const placed = await service.database.query<unknown[]>(
        `SELECT settings_version AS "settingsVersion" FROM audit_entries
         WHERE order_id = $1 AND action = 'victig.order_placed'`,
        [late.id],
      );
      expect(placed).toEqual([{ settingsVersion: late.asSent.settingsVersion }]);
    });

    it('is so, too, where a person had discarded the order meanwhile (I3, A1)', async () => {
      const late = await mappedAnew();
      await eventually(() => service.admin.post(`/admin/v1/orders/${late.id}/discard`).expect(200));
      await late.comesTrue();
      await eventually(async () => {
        const kinds = (await play.timeline(late.id)).map(({ kind }) => kind);
        expect(kinds).toContain('placed_after_end');
      });
      expect(await play.order(late.opportunityId)).toMatchObject(late.asSent);
    });
  });

  it('is found by its callback where no list of the applicant shows it', async () => {
    await lose(1);
    const { opportunityId, id } = await start();
    await untilSubmitted(id, 1);
    const applicantGuid = await otherApplicant();
    const late = await comesTrue(id, applicantGuid);
    await play.untilStatus(opportunityId, 'Pending');
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    expect((await play.order(opportunityId))['victig']).toMatchObject({ orderGuid: late.orderGuid });
  });

  it('is told of once where another was placed instead, for each costs money', async () => {
    const { opportunityId, id } = await start();
    await play.untilStatus(opportunityId, 'Pending');
    const [sent] = await submissions(id);
    await play.drive('POST', '/outgoing', { vendor: 'victig', duplicate: 1 });
    const late = await comesTrue(id, sent);
    await eventually(async () => {
      const order = await play.order(opportunityId);
      expect(order['warnings']).toMatchObject([{ code: 'placed_twice', details: [String(late.fileNumber)] }]);
      const waiting = (await play.deliveries()).filter(({ outcome }) => outcome === 'queued');
      expect(waiting).toEqual([]);
    });
    await play.drive('POST', '/outgoing', { vendor: 'victig' });
    const told = (await play.timeline(id)).filter(({ kind }) => kind === 'placed_twice');
    expect(told).toMatchObject([{ data: { orderGuid: late.orderGuid } }]);
    const followed = (await play.order(opportunityId))['victig'] as { orderGuid: string };
    expect(followed.orderGuid).not.toBe(late.orderGuid);
  });

  /** VICTIG has no list of an applicant’s orders. */
  const NO_LIST = {
    vendor: 'victig',
    match: { path: '/applicants/[^/]+/orders' },
    kind: 'status',
    status: 404,
    times: null,
  };
  const tries = async (): Promise<number> => {
    const calls = await play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig');
    return calls.filter(({ operation }) => operation.endsWith('/applicants/:applicant/orders')).length;
  };

  describe('where VICTIG has no list of an applicant’s orders', () => {
    it.each([
      ['a callback tells of it', false],
      ['the list of its client shows it', true],
    ])('is found where %s', async (_where, unheard) => {
      await play.drive('POST', '/faults', { ...SUBMISSION, kind: 'drop_after', times: 1 });
      await play.drive('POST', '/faults', NO_LIST);
      if (unheard) await play.drive('POST', '/outgoing', { vendor: 'victig', drop: 1 });
      const { opportunityId } = await start();
      await play.untilStatus(opportunityId, 'Pending');
      await play.orderAtVictig(opportunityId);
    });

    it('is waited for, and not submitted again, where nothing tells of it', async () => {
      await play.drive('POST', '/faults', { ...SUBMISSION, kind: 'drop_before', times: 1 });
      await play.drive('POST', '/faults', NO_LIST);
      const before = await tries();
      const { opportunityId, id } = await start();
      await untilSubmitted(id, 1);
      service.clock.forward(SETTLED_MS);
      await eventually(async () => expect(await tries()).toBeGreaterThan(before));
      await play.untilStatus(opportunityId, 'Error');
      expect(await submissions(id)).toHaveLength(1);
      expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
      // Once there is a list again it would be submitted anew, and take the fault of another test.
      await service.admin.post(`/admin/v1/orders/${id}/discard`).send({}).expect(200);
    });
  });

  it('is looked for for a day where its order has ended and nothing tells of it, and no longer (F3)', async () => {
    await lose(1);
    await play.drive('POST', '/faults', NO_LIST);
    const { opportunityId, id } = await start();
    await untilSubmitted(id, 1);
    await eventually(() => service.admin.post(`/admin/v1/orders/${id}/cancel`).expect(200));
    const waiting = (): Promise<unknown[]> =>
      service.database.query(
        `SELECT id FROM pgboss.job WHERE name = 'place-order' AND state <= 'active' AND singleton_key LIKE '%/' || $1`,
        [opportunityId],
      );
    service.clock.forward(SETTLED_MS);
    const before = await tries();
    await eventually(async () => expect(await tries()).toBeGreaterThan(before + 1));
    expect(await waiting()).not.toEqual([]);
    service.clock.forward(DAY_MS);
    await untilDone(service, ['place-order'], { opportunityId });
    expect(await play.order(opportunityId)).toMatchObject({ id, status: 'canceled' });
  });

  it('is told of once where only a list shows it, without a call for it (V3)', async () => {
    await play.drive('POST', '/outgoing', { vendor: 'victig', drop: 1 });
    const { opportunityId, id } = await start();
    await play.untilStatus(opportunityId, 'Pending');
    await play.untilAllRead();
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    const [sent] = await submissions(id);
    const late = await comesTrue(id, sent);
    const foreign = await comesTrue(randomUUID(), sent);
    const read = vi.spyOn(service.part(ScreeningProvider), 'readOrder');
    for (const hour of [1, 2]) {
      service.clock.forward(hour * HOUR_MS);
      await roundOfReconciler(service);
    }
    const order = await play.order(opportunityId);
    expect(order['warnings']).toMatchObject([{ code: 'placed_twice', details: [String(late.fileNumber)] }]);
    expect(order['victig']).toMatchObject({ orderGuid });
    const told = (await play.timeline(id)).filter(({ kind }) => kind === 'placed_twice');
    expect(told).toMatchObject([{ data: { orderGuid: late.orderGuid } }]);
    const askedFor = read.mock.calls.map(([, at]) => at.orderGuid);
    for (const other of [late, foreign]) expect(askedFor).not.toContain(other.orderGuid);
    read.mockRestore();
  });

  describe('under a client of its own', () => {
    interface Client {
      clientGuid: string;
      code: string;
      products: { clientProductGuid: string }[];
    }

    beforeAll(() => play.change({ settings: { subClientBy: 'clientCode', subClientPrefix: 'Office:' } }));
    afterAll(() => play.change({ settings: { subClientBy: 'none' } }));

    const newClient = (): Promise<Client> =>
      play.drive('POST', '/victig/clients', { name: 'Branch', products: ['Criminal Package 1'] });
    const productOf = ({ products: [product] }: Client): string => product?.clientProductGuid ?? '';
    const under = ({ code }: Client): { tags: string[] } => ({ tags: [`Office: ${code}`] });
    const correct = (opportunityId: string, fields: object): Promise<unknown> =>
      play.drive('PATCH', `/lever/opportunities/${opportunityId}`, fields);

    /** Placed under another client than the one that its first submission, which was taken for lost, went to. */
    const placedElsewhere = async () => {
      const [first, second] = [await newClient(), await newClient()];
      await lose(1);
      const { opportunityId, id } = await start(under(first));
      const [sent] = await untilSubmitted(id, 1);
      await correct(opportunityId, under(second));
      service.clock.forward(SETTLED_MS);
      await play.untilStatus(opportunityId, 'Pending');
      expect(await play.orderAtVictig(opportunityId)).toMatchObject({ clientGuid: second.clientGuid });
      return { opportunityId, id, comesTrue: () => comesTrue(id, sent, productOf(first)) };
    };

    const toldTwice = ({ fileNumber }: SeenOrder) => [
      { code: 'placed_twice', details: [String(fileNumber)] },
    ];

    it('is told of where its order was placed under another client since', async () => {
      const placed = await placedElsewhere();
      const late = await placed.comesTrue();
      await eventually(async () =>
        expect((await play.order(placed.opportunityId))['warnings']).toMatchObject(toldTwice(late)),
      );
    });

    describe('and whose callback is lost (V3)', () => {
      beforeEach(() => play.drive('POST', '/outgoing', { vendor: 'victig', drop: 1 }));

      const callsTo = async (...words: string[]): Promise<number> => {
        const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=victig');
        return calls.filter(({ path }) => words.every((word) => path.includes(word))).length;
      };

      /** A round of the reconciler, and what it has done to an order. */
      const roundAfter = async (ms: number, orderId: string): Promise<void> => {
        service.clock.forward(ms);
        await roundOfReconciler(service);
        await untilDone(service, ['place-order', 'refresh-order'], { orderId });
      };

      /** What was found to be placed, and whether the order stays ended for all that. */
      const found = async (orderId: string): Promise<unknown[]> =>
        (await play.timeline(orderId))
          .filter(({ kind }) => kind === 'placed' || kind === 'placed_after_end')
          .map(({ kind, data }) => [kind, data['orderGuid']]);

      const rejected = (opportunityId: string): Promise<unknown> => correct(opportunityId, { emails: [] });
      const withdrawn = (opportunityId: string): Promise<unknown> => play.move(opportunityId, OTHER_STAGE);
      const canceled = (_opportunityId: string, id: string): Promise<unknown> =>
        service.admin.post(`/admin/v1/orders/${id}/cancel`).send({}).expect(200);

      /** Its submission was taken for lost, and it ended unplaced. */
      const ended = async (client: Client, end: (opportunityId: string, id: string) => Promise<unknown>) => {
        await lose(1);
        const { opportunityId, id } = await start(under(client));
        const [sent] = await untilSubmitted(id, 1);
        await end(opportunityId, id);
        service.clock.forward(SETTLED_MS);
        await eventually(async () => {
          expect((await play.timeline(id)).map(({ kind }) => kind)).toContain('submit_not_received');
          expect((await play.order(opportunityId)).status).toMatch(/^(rejected|canceled)$/);
        });
        await untilDone(service, ['place-order'], { opportunityId });
        return { opportunityId, id, sent };
      };

      it('is told of where its order was placed under another client, and none is open under its own', async () => {
        const placed = await placedElsewhere();
        const late = await placed.comesTrue();
        await roundAfter(HOUR_MS, placed.id);
        expect((await play.order(placed.opportunityId))['warnings']).toMatchObject(toldTwice(late));
      });

      it.each([
        ['was rejected', rejected, 'placed', 'pending'],
        ['was withdrawn', withdrawn, 'placed', 'pending'],
        ['was canceled by a person', canceled, 'placed_after_end', 'canceled'],
      ])(
        'is found once where its order %s, and none is open under its client',
        async (_how, end, kind, status) => {
          const client = await newClient();
          const { opportunityId, id, sent } = await ended(client, end);
          const { orderGuid } = await comesTrue(id, sent, productOf(client));
          await roundAfter(HOUR_MS, id);
          expect(await found(id)).toEqual([[kind, orderGuid]]);
          expect(await play.order(opportunityId)).toMatchObject({ status, victig: { orderGuid } });
          const listed = await callsTo(client.clientGuid, orderGuid);
          await roundAfter(HOUR_MS / 4, id);
          expect(await found(id)).toEqual([[kind, orderGuid]]);
          expect(await callsTo(client.clientGuid, orderGuid)).toBe(listed);
        },
      );

      it('is told of after a day where another order is open under its client, which is not listed for it alone', async () => {
        const client = await newClient();
        const { id, sent } = await ended(client, rejected);
        const { orderGuid } = await comesTrue(id, sent, productOf(client));
        const lists = () => callsTo(`/clients/${client.clientGuid}/orders?`);
        const before = await lists();
        await roundAfter(DAY_MS, id);
        expect(await lists()).toBe(before);
        const other = await start(under(client));
        await play.untilStatus(other.opportunityId, 'Pending');
        await roundAfter(HOUR_MS, id);
        expect(await found(id)).toEqual([['placed', orderGuid]]);
      });

      it('is looked for once where it is not found then, until its client’s list says something else of it', async () => {
        const client = await newClient();
        const { id } = await ended(client, rejected);
        const applicantGuid = await otherApplicant(client.clientGuid);
        const { orderGuid } = await comesTrue(id, applicantGuid, productOf(client));
        const match = { method: 'GET', path: `/orders/${orderGuid}$` };
        await play.drive('POST', '/faults', {
          vendor: 'victig',
          match,
          kind: 'status',
          status: 404,
          times: null,
        });
        const reads = () => callsTo(client.clientGuid, orderGuid);
        await roundAfter(HOUR_MS, id);
        expect(await reads()).toBe(1);
        await roundAfter(HOUR_MS, id);
        expect(await reads()).toBe(1);
        expect(await found(id)).toEqual([]);
        await play.drive('DELETE', '/faults');
        await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
        await roundAfter(HOUR_MS, id);
        expect(await found(id)).toEqual([['placed', orderGuid]]);
      });
    });
  });

  it('is told of a day later at the most where its callback came while another was being placed', async () => {
    await play.drive('POST', '/faults', { ...SUBMISSION, kind: 'slow', delayMs: HELD_MS, times: 1 });
    const { opportunityId, id } = await start();
    const [sent] = await untilSubmitted(id, 1);
    const late = await comesTrue(id, sent);
    const kept = { outcome: 'queued', reason: 'order_not_known_yet' };
    await eventually(async () =>
      expect(await play.deliveries()).toContainEqual(expect.objectContaining(kept)),
    );
    await play.drive('POST', '/faults/let-go');
    await play.untilStatus(opportunityId, 'Pending');
    await play.drive('DELETE', '/faults');
    await play.untilAllRead();
    service.clock.forward(DAY_MS);
    await service.database.query(
      `UPDATE pgboss.job SET start_after = now() WHERE name = 'take-callback' AND state = 'created'`,
    );
    await eventually(async () =>
      expect((await play.order(opportunityId))['warnings']).toMatchObject([
        { code: 'placed_twice', details: [String(late.fileNumber)] },
      ]),
    );
  });

  it('is not taken back by the late refusal of a run that another took over from', async () => {
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/applicants$' },
      kind: 'status',
      status: 422,
      delayMs: HELD_MS,
      times: 1,
    });
    const { opportunityId, id } = await start();
    await eventually(async () => {
      const faults = await play.drive<{ struck: number }[]>('GET', '/faults');
      expect(faults).toMatchObject([{ struck: 1 }]);
    });
    // Another run has mapped the order meanwhile, and submits it.
    await service.database.query(
      'UPDATE orders SET submit_started_at = $2, sequence = sequence + 1 WHERE id = $1',
      [id, service.clock.now()],
    );
    await play.drive('POST', '/faults/let-go');
    await eventually(async () => {
      const kinds = (await play.timeline(id)).map(({ kind }) => kind);
      expect(kinds).toContain('trouble');
    });
    service.clock.forward(SETTLED_MS);
    await play.untilStatus(opportunityId, 'Pending');
    expect((await play.opportunity(opportunityId)).notes).toEqual([]);
    await play.orderAtVictig(opportunityId);
  });

  it('is submitted for one applicant however often VICTIG does not take it', async () => {
    const before = await applicantsMade();
    await play.drive('POST', '/faults', { ...SUBMISSION, kind: 'status', status: 409, times: 2 });
    const { opportunityId, id } = await start();
    await untilSubmitted(id, 3);
    await play.untilStatus(opportunityId, 'Pending');
    expect((await applicantsMade()) - before).toBe(1);
  });

  it('is told of where the order was discarded meanwhile', async () => {
    await lose(1);
    await play.drive('POST', '/faults', { ...SUBMISSION, kind: 'status', status: 403 });
    const { opportunityId, id } = await start();
    const [first] = await untilSubmitted(id, 1);
    service.clock.forward(SETTLED_MS);
    await untilSubmitted(id, 2);
    await eventually(() => service.admin.post(`/admin/v1/orders/${id}/discard`).expect(200));
    await comesTrue(id, first);
    await eventually(async () => {
      const kinds = (await play.timeline(id)).map(({ kind }) => kind);
      expect(kinds).toContain('placed_after_end');
    });
    expect(await play.ordersAtVictig(opportunityId)).toHaveLength(1);
  });
});
