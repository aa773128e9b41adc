import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { OTHER_STAGE, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

/** Longer than a submission whose answer never came may take to come true. */
const SETTLED_MS = 61_000;

describe('placing an order at most once (V4)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const fault = (kind: string, more: object = {}): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/orders$' },
      kind,
      times: 1,
      ...more,
    });

  const lookups = async (): Promise<number> => {
    const calls = await play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig');
    return calls.filter(({ operation }) => /^GET .*\/applicants\/[^/]+\/orders/.test(operation)).length;
  };

  it.each([
    ['the connection drops after VICTIG took the order', 'drop_after', {}],
    ['VICTIG answers 500 after it took the order', 'status_after', { status: 500 }],
    ['VICTIG answers 200 and nothing that can be read', 'status_after', { status: 200, body: 'rubbish' }],
  ])('finds the order again when %s', async (_name, kind, more) => {
    const opportunityId = await play.candidate();
    await fault(kind, more);
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.orderAtVictig(opportunityId);
    const { id } = await play.order(opportunityId);
    expect(order.externalIdentifier).toBe(id);
    const placed = (await play.timeline(id)).filter(({ kind: event }) => event === 'placed');
    expect(placed).toMatchObject([{ data: { foundAgain: true, orderGuid: order.orderGuid } }]);
  });

  it('submits again only when the first submission can no longer come true', async () => {
    const opportunityId = await play.candidate();
    const before = await lookups();
    await fault('drop_before');
    await play.move(opportunityId);
    const { id } = await eventually(() => play.order(opportunityId));
    // It is looked for, and not there: what was sent may still be on its way.
    await eventually(async () => expect(await lookups()).toBeGreaterThan(before));
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    service.clock.forward(SETTLED_MS);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
    const started = (await play.timeline(id)).filter(({ kind }) => kind === 'submit_started');
    expect(started).toHaveLength(2);
  });

  it('orders once when VICTIG never answers, whether it took the order or not', async () => {
    const start = async (kind: string): Promise<string> => {
      const opportunityId = await play.candidate();
      await fault(kind);
      await play.move(opportunityId);
      // The fault is for this candidate and for no other.
      await eventually(async () => {
        const faults = await play.drive<{ kind: string; struck: number }[]>('GET', '/faults');
        expect(faults.filter((one) => one.kind === kind)).toMatchObject([{ struck: 1 }]);
      });
      return opportunityId;
    };
    const taken = await start('hang_after');
    const lost = await start('hang');
    const troubles = async (opportunityId: string): Promise<unknown[]> => {
      const { id } = await play.order(opportunityId);
      return (await play.timeline(id))
        .filter(({ kind }) => kind === 'trouble')
        .map(({ data }) => data['failure']);
    };
    await play.untilStatus(taken, 'Pending');
    await eventually(async () => expect(await troubles(lost)).toEqual(['timed_out']), 60_000);
    expect(await play.ordersAtVictig(lost)).toEqual([]);
    service.clock.forward(SETTLED_MS);
    await play.untilStatus(lost, 'Pending');
    expect(await troubles(taken)).toEqual(['timed_out']);
    for (const opportunityId of [taken, lost]) await play.orderAtVictig(opportunityId);
  }, 180_000);

  it('submits again at once when VICTIG said that it did not take it', async () => {
    const opportunityId = await play.candidate();
    await fault('status', { status: 429, headers: { 'retry-after': '1' } });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
  });

  it('makes one more applicant, and no third, when VICTIG answers again and again that it does not find (A3)', async () => {
    const opportunityId = await play.candidate();
    await fault('status', { status: 404, times: 3 });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const timeline = await play.timeline(id);
    const applicants = (event: string): unknown[] =>
      timeline.filter(({ kind }) => kind === event).map(({ data }) => data['applicantGuid']);
    const [first, second, ...more] = applicants('applicant_created');
    expect(more).toEqual([]);
    expect(applicants('submit_started')).toEqual([first, second, second, second]);
    await play.orderAtVictig(opportunityId);
  });

  it('orders once when a move is told twice and the candidate goes back and forth (T2, T7)', async () => {
    const opportunityId = await play.candidate();
    await play.drive('POST', '/outgoing', { vendor: 'lever', duplicate: 1 });
    await play.move(opportunityId);
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.drive('POST', '/outgoing', { vendor: 'lever' });
    await eventually(async () => {
      const waiting = (await play.deliveries()).filter(({ outcome }) => outcome === 'queued');
      expect(waiting).toEqual([]);
    });
    await play.orderAtVictig(opportunityId);
  });

  it('posts one result note when the answer to the note is lost (F1, R1)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'POST', path: '/notes$' },
      kind: 'drop_after',
      times: 1,
    });
    const order = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: false });
    const seen = await play.untilStatus(opportunityId, 'Complete');
    expect(seen.notes).toHaveLength(1);
  });

  it('shows Complete only once the note is there (R4)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'POST', path: '/notes$' },
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '0' },
      times: 2,
    });
    const order = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
    const { id } = await play.order(opportunityId);
    // Lever shows the tags a moment before the order's history says so.
    await eventually(async () => {
      const kinds = (await play.timeline(id)).map(({ kind }) => kind);
      expect(kinds).toContain('note_posted');
      expect(kinds.indexOf('note_posted')).toBeLessThan(kinds.lastIndexOf('tags_set'));
    });
    const calls = await play.drive<{ operation: string; status?: number }[]>('GET', '/calls?vendor=lever');
    const writes = calls
      .map(({ operation }) => operation)
      .filter((operation) => !operation.startsWith('GET'));
    // Two notes that failed, the one that was taken, and only then tags.
    expect(writes.slice(-5, -2).every((operation) => operation.endsWith('/notes'))).toBe(true);
    expect(writes.slice(-2).every((operation) => /(add|remove)Tags$/.test(operation))).toBe(true);
    expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);
  });
});

describe('what callbacks missed (V3)', () => {
  it('is found by asking', async () => {
    const service = await startTestService({ RECONCILE_INTERVAL_SECONDS: '1' });
    const play = new Play(service);
    await play.setUp();
    await play.drive('POST', '/outgoing', { vendor: 'victig', drop: 1 });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await play.untilStatus(opportunityId, 'In Progress');
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
    await service.stop();
  });
});

describe('holding an order back (T8)', () => {
  it('orders after the hold, and cancels silently when the candidate left meanwhile', async () => {
    const service = await startTestService();
    const play = new Play(service);
    const holdSeconds = 3_600;
    await play.setUp({ holdSeconds });
    const stays = await play.candidate();
    const leaves = await play.candidate();
    await play.move(stays);
    await play.move(leaves);
    for (const held of [stays, leaves]) {
      await eventually(async () => {
        const { id } = await play.order(held);
        expect((await play.timeline(id)).map(({ kind }) => kind)).toContain('held');
      });
    }
    expect(await play.ordersAtVictig(stays)).toEqual([]);
    await play.move(leaves, OTHER_STAGE);
    service.clock.forward(holdSeconds * 1_000);
    await service.database.query(
      `UPDATE pgboss.job SET start_after = now() WHERE name = 'place-order' AND state = 'created'`,
    );
    await play.untilStatus(stays, 'Pending');
    await eventually(async () => expect((await play.order(leaves)).status).toBe('canceled'));
    const seen = await play.opportunity(leaves);
    expect(seen.notes).toEqual([]);
    expect(seen.tags.filter((tag) => tag.startsWith('Background Check'))).toEqual([]);
    expect(await play.ordersAtVictig(leaves)).toEqual([]);
    await service.stop();
  });
});
