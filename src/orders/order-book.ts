import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import type { AuditAction } from '../audit/audit-entry.js';
import { Clock } from '../platform/clock.js';
import { EntityColumns } from '../platform/database/entity-columns.js';
import { RowsByKey } from '../platform/database/rows-by-key.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { Ids } from '../platform/ids.js';
import { SharedClock } from '../platform/shared-clock.js';
import { currentTraceparent } from '../platform/tracing/spans.js';
import { Turns } from '../platform/turns.js';
import { assertMove, IllegalMove, isFinal, type OrderStatus } from './domain/order-status.js';
import type { LateResults, OrderEvent } from './domain/order-event.js';
import { mayBeTakenUp, standingOf, type Order } from './domain/order.js';
import { replaceWarnings, type DetailsOfWarnings } from './domain/report-warning.js';
import { newOrder, type NewOrder } from './domain/new-order.js';
import { ENDED_SILENTLY, shownOf, withTags } from './opportunity-tags.js';
import { OrderRow } from './order.entity.js';
import { OrderVault, type DataKey } from './order-vault.js';
import { spellingsOf } from './provider-guid.js';

/** SQL: whether an order has ended, as `isFinal` says. */
const IS_FINAL = "status IN ('complete', 'rejected', 'canceled')";

/** Someone else wrote the order's next event first: read it again and start over. */
export class OrderRaceLost extends Error {
  override readonly name = 'OrderRaceLost';

  constructor(
    readonly orderId: string,
    readonly sequence: number,
  ) {
    super(`order ${orderId} has moved on past event ${sequence}`);
  }
}

export interface OrderKey {
  installationId: string;
  orderId: string;
}

/** Whether an order has ended, and whether the provider has it. */
export type OrderStanding = Pick<Order, 'status' | 'providerOrderGuid' | 'submitStartedAt'>;

/** Columns of the tags that an order finds on its opportunity. */
const FOUND_THERE: ReadonlySet<string> = new Set(['shown_tags', 'stuck_tags']);

/** That an opportunity has one open order at the most. */
const ONE_OPEN = 'orders_one_open';

/** One step of an order: what happened, what changes by it, and what follows in the same transaction. */
export interface Step {
  event: OrderEvent;
  moveTo?: OrderStatus;
  reason?: string | null;
  patch?: Partial<Omit<OrderRow, 'installationId' | 'id' | 'sequence' | 'status'>>;
  /**
   * A submission begins with it, where the installation orders: the database looks, and writes when. The order that is answered
   * names the time by this process's clock.
   */
  beginsSubmission?: true;
  /** Tags that may be on the opportunity from now on, beside those that are kept by then: they are kept without a step. */
  mayShow?: readonly string[];
  audit?: AuditAction;
  /** What else is written; runs inside the transaction, and is given the order as it is before the step. */
  also?: (tx: Transaction, before: Order) => Promise<void>;
  /** What takes the place of warnings that the order has. */
  warnings?: DetailsOfWarnings;
}

/** What is noted of an order whatever it is by then, or what that makes of it. */
export type Note = Omit<Step, 'moveTo'> | ((current: Order) => Omit<Step, 'moveTo'>);

/** An order that is about to be opened: it has its id and the key of its own already. */
export interface Draft {
  order: Order;
  key: DataKey;
  opening: NewOrder;
}

/** Opens, loads and moves orders: state, history, audit entry and next job in one transaction. */
@Injectable()
export class OrderBook {
  private readonly orders: RowsByKey<OrderRow>;
  private readonly decisive: RowsByKey<OrderRow>;
  private readonly columns: EntityColumns<OrderRow>;
  private readonly turns = new Turns();

  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly vault: OrderVault,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly sharedClock: SharedClock,
  ) {
    this.orders = new RowsByKey(dataSource, OrderRow, ['installationId', 'id']);
    this.columns = new EntityColumns(dataSource, OrderRow);
    this.decisive = new RowsByKey(
      dataSource,
      OrderRow,
      ['installationId', 'opportunityId'],
      `(${IS_FINAL}), created_at DESC, id DESC`,
    );
  }

  find({ installationId, orderId }: OrderKey): Promise<Order | null> {
    return this.orders.find(installationId, orderId);
  }

  /**
   * The order as it is now, kept so until the transaction ends.
   * @param expected its `sequence` as somebody saw it; undefined: whatever it is by now
   * @throws DomainError `stale_order`
   */
  async lock(tx: Transaction, { installationId, orderId }: OrderKey, expected?: number): Promise<Order> {
    const order = await tx.manager.findOneOrFail(OrderRow, {
      where: { installationId, id: orderId },
      lock: { mode: 'pessimistic_write' },
    });
    if (expected === undefined || expected === order.sequence) return order;
    throw new DomainError(
      'stale',
      'stale_order',
      'The order has moved on since it was read: read it again, and decide again.',
    );
  }

  /** Of the orders of an opportunity the one that decisions are about: the open one; where none is, the latest. */
  openOrLatest(installationId: string, opportunityId: string): Promise<Order | null> {
    return this.decisive.find(installationId, opportunityId);
  }

  /**
   * What keeps an order that ended from being open again, as `may_take_up_order` has it when that is written: another that is
   * open, or came later and is not one that ended silently with nothing ever sent (T7). Null: nothing does.
   */
  async overtakenBy({ installationId, opportunityId, id, createdAt }: Order): Promise<Order | null> {
    const [other] = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM orders
       WHERE installation_id = $1 AND opportunity_id = $2 AND id <> $3
         AND (NOT (${IS_FINAL})
              OR (created_at, id) > ($4, $3) AND NOT (${ENDED_SILENTLY} AND NOT EXISTS (
                SELECT FROM order_events
                WHERE order_events.installation_id = $1 AND order_id = orders.id AND kind = 'submit_started')))
       ORDER BY (${IS_FINAL}), created_at DESC, id DESC
       LIMIT 1`,
      [installationId, opportunityId, id, createdAt],
    );
    return other ? this.find({ installationId, orderId: other.id }) : null;
  }

  /** How the orders of these ids stand now. */
  async standingsOf(ids: readonly string[]): Promise<Map<string, OrderStanding>> {
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.manager.find(OrderRow, {
      select: {
        installationId: true,
        id: true,
        status: true,
        providerOrderGuid: true,
        submitStartedAt: true,
      },
      where: { id: In([...ids]) },
    });
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** The results that its history last told of after it had ended; null: none. */
  async lateResultsOf({ installationId, id }: Order): Promise<LateResults | null> {
    const [told] = await this.dataSource.query<{ results: LateResults }[]>(
      `SELECT data -> 'results' AS results FROM order_events
       WHERE installation_id = $1 AND order_id = $2 AND kind = 'observed' AND data ? 'results'
       ORDER BY sequence DESC LIMIT 1`,
      [installationId, id],
    );
    return told?.results ?? null;
  }

  /** By the provider's id of the order, else by ours that the provider echoed. */
  async findByProvider(orderGuid: string | null, orderId: string | null): Promise<Order | null> {
    const { manager } = this.dataSource;
    const byGuid = orderGuid
      ? await manager.findOneBy(OrderRow, { providerOrderGuid: In(spellingsOf(orderGuid)) })
      : null;
    return byGuid ?? (orderId ? manager.findOneBy(OrderRow, { id: orderId }) : null);
  }

  /** What is to be opened, of which nothing is kept yet. */
  draft(opening: NewOrder): Draft {
    // The time comes beside it, by which it is found again; later than the order before it by whichever clock.
    const earliestMs = opening.before === null ? 0 : opening.before.createdAt.getTime() + 1;
    const now = new Date(Math.max(this.clock.now().getTime(), earliestMs));
    const order = newOrder(opening, this.ids.next(), now);
    return { order, key: this.vault.newKey(order), opening };
  }

  /**
   * Opens an order in the caller's transaction, at the end of which it turns out whether it may be. Steps that it takes
   * at once are each an event of its own.
   * @throws OrderRaceLost when an order of the opportunity is open already, or is later than the one that was decided
   *   about, or that one has moved on (T7), IllegalMove
   */
  async open(tx: Transaction, actor: string, draft: Draft, ...steps: Step[]): Promise<Order> {
    const { order, key, opening } = draft;
    const { deliveryId } = opening;
    const opened = { kind: 'opened', data: { deliveryId } } as const;
    const first = this.eventOf(actor, order, opened, { from: null, to: 'received' });
    await this.record(tx, actor, order, {
      action: 'order.opened',
      data: { settingsVersion: order.settingsVersion, deliveryId },
    });
    const { next, changed, events } = await this.advance(tx, actor, order, steps);
    await this.insert(tx, { ...order, ...changed }, opening);
    await this.vault.keepKey(tx, order, key);
    await this.writeEvents(tx, order, [first, ...events]);
    return next;
  }

  /** Of two that are opened at the same time one waits for the other, however soon that ends, and yields. */
  private async insert(tx: Transaction, order: Partial<OrderRow> & Order, opening: NewOrder): Promise<void> {
    const { installationId, opportunityId, before } = opening;
    const traceparent = currentTraceparent();
    const { names, values } = this.columns.valuesOf({ ...order, traceparent });
    const count = names.length;
    // What an earlier order shows may have changed since it was read.
    const valueOf = (name: string, at: number): string =>
      FOUND_THERE.has(name)
        ? `COALESCE((SELECT ${name} FROM (${shownOf(`$${count + 1}`, `$${count + 2}`)}) AS shown), $${at + 1})`
        : `$${at + 1}`;
    const orElse = (): Error => new OrderRaceLost(before?.id ?? order.id, before?.sequence ?? 0);
    await tx.write({
      text: `INSERT INTO orders (${names.join(', ')})
             SELECT ${names.map(valueOf).join(', ')}
             WHERE may_open_order_after(
               $${count + 1}, $${count + 2}, $${count + 3}, $${count + 4}, $${count + 5})`,
      values: [
        ...values,
        installationId,
        opportunityId,
        before?.createdAt ?? null,
        before?.id ?? null,
        before?.status ?? null,
      ],
      row: rowOf(order),
      atLeast: { rows: 1, orElse },
      unlessTaken: { constraint: ONE_OPEN, orElse },
    });
  }

  /**
   * Takes steps from the order as the caller read it.
   * @throws OrderRaceLost, also when one that ended would be open again beside a later one (T7), and when a submission would
   *   begin of an installation that does not order any more, IllegalMove
   */
  async step(actor: string, order: Order, ...steps: Step[]): Promise<Order> {
    return this.transactions.run((tx) => this.stepIn(tx, actor, order, ...steps));
  }

  /**
   * Takes steps in the caller's transaction, at the end of which it turns out whether nobody was faster. Several at once
   * are one change of the order, each with its event.
   */
  async stepIn(tx: Transaction, actor: string, order: Order, ...steps: Step[]): Promise<Order> {
    const { next, changed, events } = await this.advance(tx, actor, order, steps);
    await this.write(tx, order, changed, steps);
    await this.writeEvents(tx, order, events);
    return next;
  }

  /** What the steps make of the order; all that they bring about beside it is written. */
  private async advance(
    tx: Transaction,
    actor: string,
    order: Order,
    steps: readonly Step[],
  ): Promise<{ next: Order; changed: Partial<OrderRow>; events: WrittenEvent[] }> {
    const next: Order = { ...order };
    const changed: Partial<OrderRow> = {};
    const events: WrittenEvent[] = [];
    for (const step of steps) {
      await step.also?.(tx, { ...next });
      const from = next.status;
      const change = this.changeBy(step, next);
      const to = change.status ?? null;
      Object.assign(changed, change);
      Object.assign(next, change);
      events.push(this.eventOf(actor, next, step.event, { from: to && from, to }));
      if (to) {
        const data = { from, to, reason: step.reason ?? null };
        await this.record(tx, actor, next, { action: 'order.moved', data });
      }
      if (step.audit) await this.record(tx, actor, next, step.audit);
    }
    return { next, changed, events };
  }

  /** @throws IllegalMove */
  private changeBy(
    { moveTo, reason, patch, beginsSubmission, mayShow, warnings }: Step,
    before: Order,
  ): Partial<OrderRow> {
    const status = moveTo === before.status ? undefined : moveTo;
    if (status) assertMove(before.status, status);
    if (beginsSubmission && isFinal(before.status)) throw new IllegalMove(before.status, 'submitting');
    const rawStatus = patch?.rawStatus ?? before.rawStatus;
    const isNews = status !== undefined || rawStatus !== before.rawStatus;
    const isTakenUp = status !== undefined && isFinal(before.status);
    // What ended here is ended for good (S4).
    if (isTakenUp && !mayBeTakenUp(before)) throw new IllegalMove(before.status, status);
    return {
      ...(status && {
        status,
        statusReason: reason ?? null,
        interruptedStatus: status === 'error' || status === 'canceled' ? standingOf(before) : null,
        ...(isFinal(status) && { endedAt: this.clock.now() }),
        ...(isTakenUp && !isFinal(status) && { endedAt: null }),
      }),
      ...patch,
      ...(beginsSubmission && { submitStartedAt: this.clock.now() }),
      ...(mayShow && { shownTags: union(before.shownTags, mayShow) }),
      ...(warnings && { reportWarnings: replaceWarnings(before.reportWarnings, warnings) }),
      sequence: before.sequence + 1,
      ...(isNews && { newsAt: this.clock.now() }),
      updatedAt: this.clock.now(),
    };
  }

  /**
   * Work that reads the order and takes a step from it, after any such work of this process for the same order: so they
   * do not overtake one another. It must not take another turn, nor `note` anything of the order.
   */
  inTurn<T>(orderId: string, work: () => Promise<T>): Promise<T> {
    return this.turns.take(orderId, work);
  }

  /** Adds what happened to the order as it is by now; for steps that hold whatever else went on meanwhile. */
  note(actor: string, order: Pick<Order, 'installationId' | 'id'>, step: Note): Promise<Order> {
    return this.inTurn(order.id, () => this.noteInTurn(actor, order, step));
  }

  private async noteInTurn(
    actor: string,
    { installationId, id }: Pick<Order, 'installationId' | 'id'>,
    note: Note,
  ): Promise<Order> {
    const stepFrom = typeof note === 'function' ? note : () => note;
    const current = await this.find({ installationId, orderId: id });
    try {
      if (current) return await this.step(actor, current, stepFrom(current));
    } catch (error) {
      if (!(error instanceof OrderRaceLost)) throw error;
    }
    // Another step came between the two statements: now none does.
    return this.transactions.run(async (tx) => {
      const order = await this.lock(tx, { installationId, orderId: id });
      return this.stepIn(tx, actor, order, stepFrom(order));
    });
  }

  /** The order whose tags are shown on an opportunity: the latest that did not end silently, if there is one. */
  async shownOn({
    installationId,
    opportunityId,
  }: Pick<Order, 'installationId' | 'opportunityId'>): Promise<Order | null> {
    const [shown] = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM (${shownOf('$1', '$2')}) AS shown`,
      [installationId, opportunityId],
    );
    return shown ? this.find({ installationId, orderId: shown.id }) : null;
  }

  /** Notes that the provider was asked and said nothing new; not of an order that was erased meanwhile (A3). */
  async touch(order: Order, listedAs: string): Promise<void> {
    await this.dataSource.manager.update(
      OrderRow,
      { installationId: order.installationId, id: order.id, erasedAt: IsNull() },
      { refreshedAt: this.clock.now(), listedAs },
    );
  }

  async record(tx: Transaction, actor: string, order: Order, action: AuditAction): Promise<void> {
    await this.audit.record(tx, {
      ...action,
      actor,
      installationId: order.installationId,
      orderId: order.id,
      opportunityId: order.opportunityId,
      settingsVersion: order.settingsVersion,
    });
  }

  private async write(
    tx: Transaction,
    order: Order,
    { submitStartedAt, ...changed }: Partial<OrderRow>,
    steps: readonly Step[],
  ): Promise<void> {
    const { installationId, id, sequence } = order;
    const mayShow = steps.flatMap(({ mayShow = [] }) => mayShow);
    const isSubmitted = steps.some(({ beginsSubmission }) => beginsSubmission);
    const { names, values } = this.columns.valuesOf({
      ...changed,
      ...(!isSubmitted && submitStartedAt !== undefined && { submitStartedAt }),
      ...(mayShow.length > 0 && { shownTags: mayShow }),
    });
    const setTo = (name: string, at: number): string =>
      mayShow.length > 0 && name === 'shown_tags'
        ? `${name} = ${withTags(name, `$${at + 4}`)}`
        : `${name} = $${at + 4}`;
    const sets = names.map(setTo);
    if (isSubmitted) sets.push(`submit_started_at = ${this.sharedClock.sql()}`);
    // One that had ended is taken up in the turn in which others are opened, and not beside one that overtook it.
    const isTakenUp = changed.status !== undefined && isFinal(order.status);
    const inTurn = isTakenUp ? ' AND may_take_up_order(installation_id, opportunity_id, created_at, id)' : '';
    // Paused or disconnected meanwhile nothing is ordered any more, however long ago it was looked up (T5, I6).
    const whileActive = isSubmitted
      ? ` AND EXISTS (SELECT FROM installations WHERE installations.id = $1 AND installations.state = 'active')`
      : '';
    const orElse = (): Error => new OrderRaceLost(id, sequence);
    await tx.write({
      text: `UPDATE orders SET ${sets.join(', ')}
             WHERE installation_id = $1 AND id = $2 AND sequence = $3${inTurn}${whileActive}`,
      values: [installationId, id, sequence, ...values],
      row: rowOf(order),
      atLeast: { rows: 1, orElse },
      ...(isTakenUp && { unlessTaken: { constraint: ONE_OPEN, orElse } }),
    });
  }

  private async writeEvents(
    tx: Transaction,
    { installationId, id }: Order,
    events: readonly WrittenEvent[],
  ): Promise<void> {
    await tx.write({
      text: `INSERT INTO order_events (installation_id, order_id, sequence, at, actor, kind, status_from, status_to, data)
             SELECT $1::uuid, $2::uuid, sequence, at, actor, kind, status_from, status_to, data
             FROM jsonb_populate_recordset(NULL::order_events, $3::jsonb)`,
      values: [installationId, id, JSON.stringify(events)],
    });
  }

  private eventOf(
    actor: string,
    { sequence }: Order,
    { kind, data }: OrderEvent,
    { from, to }: { from: OrderStatus | null; to: OrderStatus | null },
  ): WrittenEvent {
    return { sequence, at: this.clock.now(), actor, kind, status_from: from, status_to: to, data };
  }
}

/** An event as its row is, but for whose it is. */
interface WrittenEvent {
  sequence: number;
  at: Date;
  actor: string;
  kind: OrderEvent['kind'];
  status_from: OrderStatus | null;
  status_to: OrderStatus | null;
  data: object;
}

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])];

const rowOf = ({ installationId, id }: Pick<Order, 'installationId' | 'id'>): string =>
  `orders/${installationId}/${id}`;
