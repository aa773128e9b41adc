import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Order } from '../../src/orders/domain/order.js';
import { IllegalMove } from '../../src/orders/domain/order-status.js';
import { OpportunityTags } from '../../src/orders/opportunity-tags.js';
import { OrderBook, OrderRaceLost, type Draft, type Step } from '../../src/orders/order-book.js';
import { WatchHome } from '../../src/operations/watch-home.js';
import { RememberTriggerStages1763906000000 } from '../../src/platform/database/migrations/1763906000000-remember-trigger-stages.js';
import { Transactions, type Transaction } from '../../src/platform/database/transactions.js';
import { CountingQueries } from '../support/counting-queries.js';
import { eventually } from '../support/eventually.js';
import { Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const ACTOR = 'job:test';

describe('the book of orders', () => {
  let service: TestService;
  let book: OrderBook;
  let tags: OpportunityTags;
  let installationId: string;
  let queries: CountingQueries;

  beforeAll(async () => {
    service = await startTestService();
    const play = new Play(service);
    await play.setUp();
    installationId = play.installation.id;
    book = service.part(OrderBook);
    tags = service.part(OpportunityTags);
    // It asks now and then, and would be counted.
    await service.part(WatchHome).beforeApplicationShutdown();
    queries = new CountingQueries(service.database);
  });
  beforeEach(() => queries.countOf(/./));
  afterAll(() => service.stop());

  const draftOf = (opportunityId: string, before: Order | null): Draft =>
    book.draft({
      installationId,
      opportunityId,
      settingsVersion: 1,
      triggeredAt: new Date('2026-11-26T08:00:00.000Z'),
      triggerStageId: null,
      deliveryId: null,
      before,
    });
  const open = (opportunityId: string, before: Order | null = null): Promise<Order> =>
    service.part(Transactions).run((tx) => book.open(tx, ACTOR, draftOf(opportunityId, before)));
  const read = ({ id: orderId }: Order): Promise<Order | null> => book.find({ installationId, orderId });
  const told = async ({ id }: Order): Promise<{ events: unknown[]; entries: unknown[] }> => ({
    events: await service.database.query(
      'SELECT sequence, kind, status_from, status_to FROM order_events WHERE order_id = $1 ORDER BY sequence',
      [id],
    ),
    entries: await service.database.query(
      'SELECT action FROM audit_entries WHERE order_id = $1 ORDER BY seq',
      [id],
    ),
  });

  /** Resolves once the second waits for the first; the embedded database has it wait for the connection. */
  const untilOneWaits = async (): Promise<void> => {
    if (inject('databaseTemplate').kind === 'embedded') return;
    await eventually(async () => {
      const waiting = await service.database.query<unknown[]>(
        `SELECT 1 FROM pg_locks WHERE NOT granted AND pid IN
           (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`,
      );
      expect(waiting).toHaveLength(1);
    });
  };

  it('answers an order that it opened as it will be read', async () => {
    const first = await open(randomUUID());
    expect({ ...(await read(first)) }).toEqual(first);
    const shownTags = ['Background Check Status: Complete'];
    expect(await tags.remember(first, shownTags)).toBe(true);
    const stuckTags = ['Flag: True'];
    const second = await open(randomUUID(), { ...first, shownTags, stuckTags });
    expect({ ...(await read(second)) }).toEqual(second);
    expect(second).toMatchObject({ shownTags, stuckTags });
  });

  it('keeps tags that may be there beside those that were kept meanwhile (F1)', async () => {
    const order = await open(randomUUID());
    expect(await tags.remember(order, ['Error', ''])).toBe(true);
    const event = { kind: 'opportunity_gone', data: {} } as const;
    const next = await book.step(ACTOR, order, { event, mayShow: ['Pending', ''] });
    expect(next.shownTags).toEqual(['Pending', '']);
    expect((await read(order))?.shownTags).toEqual(['Error', '', 'Pending']);
  });

  it('knows the stage of orders from before it was written down, where there was only one (T8)', async () => {
    const { id } = await open(randomUUID());
    const migration = new RememberTriggerStages1763906000000();
    const runner = service.database.createQueryRunner();
    await runner.startTransaction();
    await migration.down(runner);
    await migration.up(runner);
    const rows: unknown = await runner.query('SELECT trigger_stage_id FROM orders WHERE id = $1', [id]);
    await runner.rollbackTransaction();
    await runner.release();
    expect(rows).toEqual([{ trigger_stage_id: TRIGGER_STAGE }]);
  });

  it('keeps no tags of an order that was erased, for none are put there any more (A3)', async () => {
    const order = await open(randomUUID());
    await book.step(ACTOR, order, {
      event: { kind: 'erased', data: { cause: 'request' } },
      patch: { erasedAt: new Date() },
    });
    expect(await tags.remember(order, ['Decision: Review'])).toBe(false);
    expect((await read(order))?.shownTags).toEqual([]);
  });

  describe('of several orders of an opportunity', () => {
    const end = (order: Order, providerOrderGuid: string | null): Promise<Order> =>
      book.step(ACTOR, order, {
        event: { kind: 'opportunity_gone', data: {} },
        moveTo: 'canceled',
        patch: { providerOrderGuid },
      });
    const rememberOf = (order: Order) =>
      service.part(Transactions).run((tx) => tags.rememberOfShown(tx, order, ['Pending', 'Error']));

    it('keeps the tags of the latest, and adds to them what an earlier one may have put there (R4)', async () => {
      const opportunityId = randomUUID();
      const ended = await end(await open(opportunityId), randomUUID());
      expect(await rememberOf(ended)).toBeNull();
      const second = await open(opportunityId, ended);
      expect(await tags.remember(second, ['Pending'])).toBe(true);
      expect(await tags.remember(ended, ['Canceled'])).toBe(false);
      expect(await rememberOf(ended)).toEqual({ installationId, opportunityId, id: second.id });
      expect((await read(second))?.shownTags).toEqual(['Pending', 'Error']);
      expect((await read(ended))?.shownTags).toEqual([]);
      expect(await rememberOf(second)).toBeNull();
    });

    it('gives them back to the one before where the latest ends silently (R4, T8)', async () => {
      const opportunityId = randomUUID();
      const first = await end(await open(opportunityId), randomUUID());
      await tags.remember(first, ['Canceled']);
      const silent = await end(await open(opportunityId, first), null);
      expect((await book.shownOn(silent))?.id).toBe(first.id);
      expect(await tags.remember(silent, [])).toBe(false);
      expect(await rememberOf(silent)).toMatchObject({ id: first.id });
      const third = await open(opportunityId, silent);
      expect((await read(third))?.shownTags).toEqual(['Canceled', 'Pending', 'Error']);
    });

    it('leaves them to a silent one where the one before was erased, unless that is to be removed (A3)', async () => {
      const opportunityId = randomUUID();
      const first = await end(await open(opportunityId), randomUUID());
      const silent = await end(await open(opportunityId, first), null);
      const event = { kind: 'erased', data: { cause: 'retention' } } as const;
      const erased = await book.step(ACTOR, first, { event, patch: { erasedAt: new Date() } });
      expect(await rememberOf(silent)).toBeNull();
      expect(await tags.remember(silent, ['Error'])).toBe(true);
      await book.step(ACTOR, erased, { event, patch: { removalAskedAt: new Date() } });
      expect(await rememberOf(silent)).toMatchObject({ id: first.id });
      expect(await tags.remember(silent, [])).toBe(false);
    });
  });

  it('opens an order later than the one before it, by whichever clock (T7)', async () => {
    const opportunityId = randomUUID();
    const first = await open(opportunityId);
    const ended = await book.step(ACTOR, first, {
      event: { kind: 'refused', data: { codes: [] } },
      moveTo: 'rejected',
    });
    const createdAt = new Date(ended.createdAt.getTime() + 60_000);
    await service.database.query('UPDATE orders SET created_at = $2 WHERE id = $1', [ended.id, createdAt]);
    const second = await open(opportunityId, { ...ended, createdAt });
    expect(second.createdAt > createdAt).toBe(true);
    expect((await book.openOrLatest(installationId, opportunityId))?.id).toBe(second.id);
    expect(await tags.remember(second, ['Pending'])).toBe(true);
    expect(await tags.remember(ended, ['Rejected'])).toBe(false);
  });

  it('opens no second order beside an open one, and leaves no trace of the attempt (T7)', async () => {
    const opportunityId = randomUUID();
    const first = await open(opportunityId);
    await expect(open(opportunityId, first)).rejects.toBeInstanceOf(OrderRaceLost);
    const [found] = await service.database.query<{ orders: number; keys: number }[]>(
      `SELECT count(*)::int AS orders, count(key.order_id)::int AS keys
       FROM orders LEFT JOIN order_keys AS key ON key.order_id = orders.id WHERE opportunity_id = $1`,
      [opportunityId],
    );
    expect(found).toEqual({ orders: 1, keys: 1 });
    expect(await told(first)).toEqual({
      events: [{ sequence: 1, kind: 'opened', status_from: null, status_to: 'received' }],
      entries: [{ action: 'order.opened' }],
    });
  });

  describe('of two that are opened at the same time for one opportunity', () => {
    const refused = {
      event: { kind: 'refused', data: { codes: ['missing_email'] } },
      moveTo: 'rejected',
      reason: 'missing_email',
    } satisfies Step;

    /** The second comes when the first has written everything and not committed yet. */
    const openBoth = async (
      opportunityId: string,
      before: Order | null,
      first: readonly Step[],
      second: readonly Step[],
    ): Promise<{ winner: Order; loser: Draft; outcome: PromiseSettledResult<Order> }> => {
      const loser = draftOf(opportunityId, before);
      let begun: Promise<PromiseSettledResult<Order>[]> | undefined;
      const winner = await service.part(Transactions).run(async (tx) => {
        const order = await book.open(tx, ACTOR, draftOf(opportunityId, before), ...first);
        await tx.manager.query('SELECT 1');
        begun = Promise.allSettled([
          service.part(Transactions).run((other) => book.open(other, ACTOR, loser, ...second)),
        ]);
        await untilOneWaits();
        return order;
      });
      const [outcome] = (await begun) ?? [];
      if (!outcome) throw new Error('the second never began');
      return { winner, loser, outcome };
    };

    it.each([
      ['a first order, the one is refused at once and the other stays open', false, [refused], []],
      ['a further order, the one is refused at once and the other stays open', true, [refused], []],
      ['a first order, the one stays open and the other is refused at once', false, [], [refused]],
      ['a further order, the one stays open and the other is refused at once', true, [], [refused]],
      ['a first order, both are refused at once', false, [refused], [refused]],
      ['a further order, both are refused at once', true, [refused], [refused]],
    ])('opens one, and the other is to be decided anew: %s (T7)', async (_name, isFurther, first, second) => {
      const opportunityId = randomUUID();
      const before = isFurther
        ? await service
            .part(Transactions)
            .run((tx) => book.open(tx, ACTOR, draftOf(opportunityId, null), refused))
        : null;
      const { winner, loser, outcome } = await openBoth(opportunityId, before, first, second);
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(OrderRaceLost) as unknown });
      expect((await book.openOrLatest(installationId, opportunityId))?.id).toBe(winner.id);
      expect(await read(loser.order)).toBeNull();
      expect(await told(loser.order)).toEqual({ events: [], entries: [] });
    });

    it('opens both where they are of two opportunities', async () => {
      const [one, other] = [randomUUID(), randomUUID()];
      const opened = await Promise.all([open(one), open(other)]);
      expect(await Promise.all(opened.map(read))).not.toContain(null);
    });
  });

  it('opens one that is refused at once by one statement (ADR 31)', async () => {
    const draft = draftOf(randomUUID(), null);
    queries.countOf(/./);
    const step: Step = {
      event: { kind: 'refused', data: { codes: ['missing_email'] } },
      moveTo: 'rejected',
      reason: 'missing_email',
    };
    const ended = await service.part(Transactions).run((tx) => book.open(tx, ACTOR, draft, step));
    expect(queries.countOf(/./)).toBe(1);
    expect({ ...(await read(ended)) }).toEqual(ended);
    expect((await told(ended)).events).toEqual([
      { sequence: 1, kind: 'opened', status_from: null, status_to: 'received' },
      { sequence: 2, kind: 'refused', status_from: 'received', status_to: 'rejected' },
    ]);
  });

  it('writes steps with their events and what is audited of them by one statement (ADR 31)', async () => {
    const order = await open(randomUUID());
    queries.countOf(/./);
    const moved = await book.step(
      ACTOR,
      order,
      {
        event: { kind: 'mapped', data: { product: 'P', client: 'C', reference: null, warnings: [] } },
        moveTo: 'submitting',
      },
      {
        event: { kind: 'applicant_created', data: { applicantGuid: 'a' } },
        patch: { applicantGuid: 'a' },
        audit: { action: 'victig.applicant_created', data: { applicantGuid: 'a' } },
      },
    );
    expect(queries.countOf(/./)).toBe(1);
    expect(moved).toMatchObject({ status: 'submitting', applicantGuid: 'a', sequence: 3 });
    expect({ ...(await read(order)) }).toEqual(moved);
    expect(await told(order)).toEqual({
      events: [
        { sequence: 1, kind: 'opened', status_from: null, status_to: 'received' },
        { sequence: 2, kind: 'mapped', status_from: 'received', status_to: 'submitting' },
        { sequence: 3, kind: 'applicant_created', status_from: null, status_to: null },
      ],
      entries: [
        { action: 'order.opened' },
        { action: 'order.moved' },
        { action: 'victig.applicant_created' },
      ],
    });
  });

  it('takes one of two steps from the same place, and nothing of the other', async () => {
    const order = await open(randomUUID());
    const step = (applicantGuid: string): Promise<Order> =>
      book.step(ACTOR, order, {
        event: { kind: 'applicant_created', data: { applicantGuid } },
        patch: { applicantGuid },
        audit: { action: 'victig.applicant_created', data: { applicantGuid } },
      });
    const outcomes = await Promise.allSettled([step('one'), step('other')]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: expect.any(OrderRaceLost) as unknown,
    });
    const { events, entries } = await told(order);
    expect(events).toHaveLength(2);
    expect(entries).toHaveLength(2);
  });

  it('notes what happened to an order that has moved on since it was read', async () => {
    const order = await open(randomUUID());
    const data = { applicantGuid: 'a' };
    await book.step(ACTOR, order, { event: { kind: 'applicant_created', data }, patch: data });
    const noted = await book.note(ACTOR, order, {
      event: { kind: 'trouble', data: { failure: 'timed_out', message: 'late' } },
      patch: { trouble: 'timed_out' },
      warnings: { tag_not_added: ['a tag'] },
    });
    expect(noted).toMatchObject({ sequence: 3, applicantGuid: 'a', trouble: 'timed_out' });
    expect({ ...(await read(order)) }).toEqual(noted);
  });

  it('keeps the tags of an order only while it has no later one', async () => {
    const opportunityId = randomUUID();
    const first = await open(opportunityId);
    expect(await tags.remember(first, ['a'])).toBe(true);
    await book.step(ACTOR, first, {
      event: { kind: 'withdrawn', data: { reason: 'not_in_trigger_stage' } },
      moveTo: 'canceled',
    });
    expect(await tags.remember(first, ['a', 'b'])).toBe(true);
    const second = await open(opportunityId, await read(first));
    expect(await tags.remember(first, ['c'])).toBe(false);
    expect(await tags.remember(second, ['c'])).toBe(true);
    expect(await read(first)).toMatchObject({ shownTags: ['a', 'b'] });
    expect(await read(second)).toMatchObject({ shownTags: ['c'] });
  });

  it('leaves them to the one before while the later one is held, which learns of them, and no longer (S5, T8)', async () => {
    const opportunityId = randomUUID();
    const refused: Step = { event: { kind: 'refused', data: { codes: [] } }, moveTo: 'rejected' };
    const eldest = await open(opportunityId);
    await book.step(ACTOR, eldest, refused);
    const first = await open(opportunityId, await read(eldest));
    await book.step(ACTOR, first, refused);
    const second = await open(opportunityId, await read(first));
    const held = await book.step(ACTOR, second, {
      event: { kind: 'held', data: { until: '' } },
      moveTo: 'held',
    });
    expect(await tags.remember(first, ['a', 'b'])).toBe(true);
    expect(await tags.remember(first, ['b', 'c'])).toBe(true);
    expect(await tags.remember(eldest, ['e'])).toBe(false);
    expect(await read(eldest)).toMatchObject({ shownTags: [] });
    expect(await read(first)).toMatchObject({ shownTags: ['b', 'c'] });
    expect((await read(second))?.shownTags.toSorted()).toEqual(['a', 'b', 'c']);
    await book.step(ACTOR, held, refused);
    expect(await tags.remember(first, ['d'])).toBe(false);
    expect(await read(first)).toMatchObject({ shownTags: ['b', 'c'] });
  });

  describe('of an order that VICTIG canceled', () => {
    const OBSERVED = { kind: 'observed', data: { rawStatus: 'pending', unknown: false } } as const;
    const canceled = async (opportunityId: string, reason: string | null = null): Promise<Order> =>
      book.step(ACTOR, await open(opportunityId), {
        event: { kind: 'opportunity_gone', data: {} },
        moveTo: 'canceled',
        reason,
        patch: { providerOrderGuid: randomUUID() },
      });
    const takeUp = (order: Order, moveTo: 'in_progress' | 'complete' = 'in_progress'): Promise<Order> =>
      book.step(ACTOR, order, { event: OBSERVED, moveTo });

    it('ends anew whenever it was taken up, and has no end meanwhile (A3)', async () => {
      const order = await canceled(randomUUID());
      expect(order).toMatchObject({ interruptedStatus: 'received', endedAt: expect.any(Date) as Date });
      const taken = await takeUp(order);
      expect(taken).toMatchObject({ interruptedStatus: null, endedAt: null });
      expect({ ...(await read(order)) }).toEqual(taken);
      expect((await takeUp(taken, 'complete')).endedAt).toBeInstanceOf(Date);
    });

    it.each(['canceled_by_admin', 'discarded', 'not_in_trigger_stage'])(
      'leaves it canceled where the reason is %s (S4)',
      async (reason) => {
        const order = await canceled(randomUUID(), reason);
        await expect(takeUp(order)).rejects.toBeInstanceOf(IllegalMove);
        expect(await read(order)).toMatchObject({ status: 'canceled', sequence: order.sequence });
      },
    );

    it('begins no submission of it, whoever decided that before it was canceled (S4, V4)', async () => {
      const order = await canceled(randomUUID(), 'canceled_by_admin');
      const data = { applicantGuid: 'a-1', clientGuid: 'c-1', productGuid: 'p-1' };
      const begin = book.step('job:test', order, {
        event: { kind: 'submit_started', data },
        beginsSubmission: true,
      });
      await expect(begin).rejects.toBeInstanceOf(IllegalMove);
      expect(await read(order)).toMatchObject({ submitStartedAt: null, sequence: order.sequence });
    });

    it.each(['in_progress', 'complete'] as const)(
      'does not take it up beside a later one, be that open or ended (T7): %s',
      async (moveTo) => {
        const opportunityId = randomUUID();
        const order = await canceled(opportunityId);
        const later = await open(opportunityId, order);
        await expect(takeUp(order, moveTo)).rejects.toBeInstanceOf(OrderRaceLost);
        await book.step(ACTOR, later, {
          event: { kind: 'refused', data: { codes: [] } },
          moveTo: 'rejected',
        });
        await expect(takeUp(order, moveTo)).rejects.toBeInstanceOf(OrderRaceLost);
        expect(await read(order)).toMatchObject({ status: 'canceled', sequence: order.sequence });
      },
    );

    describe('where a later one ended silently', () => {
      /** Both orders, of which the later has ended because its candidate left. */
      const overtaken = async ({ isSubmitted }: { isSubmitted: boolean }) => {
        const opportunityId = randomUUID();
        const order = await canceled(opportunityId);
        const later = await open(opportunityId, order);
        const data = { applicantGuid: 'a-1', clientGuid: 'c-1', productGuid: 'p-1' };
        const submitted = isSubmitted
          ? await book.step(ACTOR, later, { event: { kind: 'submit_started', data }, beginsSubmission: true })
          : later;
        const ended = await book.step(ACTOR, submitted, {
          event: { kind: 'withdrawn', data: { reason: 'not_in_trigger_stage' } },
          moveTo: 'canceled',
          reason: 'not_in_trigger_stage',
        });
        return { order, ended };
      };

      it('takes it up where nothing of that one was ever sent, and decisions are about it while it is open (T7, T8)', async () => {
        const { order, ended } = await overtaken({ isSubmitted: false });
        const { opportunityId } = order;
        expect(await book.overtakenBy(order)).toBeNull();
        const taken = await takeUp(order);
        expect(await book.openOrLatest(installationId, opportunityId)).toMatchObject({ id: order.id });
        expect(await book.shownOn(order)).toMatchObject({ id: order.id });
        await expect(open(opportunityId, ended)).rejects.toBeInstanceOf(OrderRaceLost);
        await takeUp(taken, 'complete');
        expect(await book.openOrLatest(installationId, opportunityId)).toMatchObject({ id: ended.id });
        expect(await book.shownOn(ended)).toMatchObject({ id: order.id, status: 'complete' });
        expect((await open(opportunityId, ended)).status).toBe('received');
      });

      it('does not take it up where that one was submitted, and may yet turn out to be placed (T7, V4)', async () => {
        const { order, ended } = await overtaken({ isSubmitted: true });
        expect(await book.overtakenBy(order)).toMatchObject({ id: ended.id });
        await expect(takeUp(order)).rejects.toBeInstanceOf(OrderRaceLost);
      });
    });

    it.each(['in_progress', 'complete'] as const)(
      'opens none after it that was decided on before it was taken up (T7): %s',
      async (moveTo) => {
        const opportunityId = randomUUID();
        const order = await canceled(opportunityId);
        const taken = await takeUp(order, moveTo);
        await expect(open(opportunityId, order)).rejects.toBeInstanceOf(OrderRaceLost);
        expect(await book.openOrLatest(installationId, opportunityId)).toMatchObject({ id: order.id });
        if (moveTo === 'complete') expect((await open(opportunityId, taken)).status).toBe('received');
      },
    );

    it.each([
      ['open', 'take up', 'in_progress'],
      ['open', 'take up', 'complete'],
      ['take up', 'open', 'in_progress'],
      ['take up', 'open', 'complete'],
    ] as const)(
      'has one of two wait for the other, and yield: to %s before to %s, as %s (T7)',
      async (first, second, moveTo) => {
        const opportunityId = randomUUID();
        const order = await canceled(opportunityId);
        const act = async (tx: Transaction, what: 'open' | 'take up'): Promise<unknown> =>
          what === 'open'
            ? book.open(tx, ACTOR, draftOf(opportunityId, order))
            : book.stepIn(tx, ACTOR, order, { event: OBSERVED, moveTo });
        let begun: Promise<PromiseSettledResult<unknown>[]> | undefined;
        await service.part(Transactions).run(async (tx) => {
          await act(tx, first);
          // Whatever is asked has what was written before it written.
          await tx.manager.query('SELECT 1');
          begun = Promise.allSettled([service.part(Transactions).run((other) => act(other, second))]);
          await untilOneWaits();
        });
        expect(await begun).toEqual([{ status: 'rejected', reason: expect.any(OrderRaceLost) as Error }]);
        expect(await book.openOrLatest(installationId, opportunityId)).toMatchObject(
          first === 'open' ? { status: 'received' } : { id: order.id, status: moveTo },
        );
      },
    );
  });
});
