import { Injectable } from '@nestjs/common';
import { DataSource, In, QueryFailedError, type EntityManager } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import type { AuditAction } from '../audit/audit-entry.js';
import { Clock } from '../platform/clock.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { Ids } from '../platform/ids.js';
import { currentTraceparent } from '../platform/tracing/spans.js';
import { assertMove, isFinal, type OrderStatus } from './domain/order-status.js';
import type { OrderEvent } from './domain/order-event.js';
import type { Order } from './domain/order.js';
import { OrderEventRow, OrderRow } from './order.entity.js';
import { OrderVault } from './order-vault.js';

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

export interface NewOrder {
  installationId: string;
  opportunityId: string;
  settingsVersion: number;
  triggeredAt: Date;
  deliveryId: string | null;
  /** Who places it by hand. */
  placedBy?: string;
}

/** One step of an order: what happened, what changes by it, and what follows in the same transaction. */
export interface Step {
  event: OrderEvent;
  moveTo?: OrderStatus;
  reason?: string | null;
  patch?: Partial<Omit<OrderRow, 'installationId' | 'id' | 'sequence' | 'status'>>;
  audit?: AuditAction;
  /** Jobs to send, content to seal; runs inside the transaction. Its answer is patched too. */
  also?: (
    tx: Transaction,
  ) => Promise<Pick<Partial<OrderRow>, 'contentSealed' | 'resultsSealed' | 'reportWarnings'> | void>;
}

/** Opens, loads and moves orders: state, history, audit entry and next job in one transaction. */
@Injectable()
export class OrderBook {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly vault: OrderVault,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async find({ installationId, orderId }: OrderKey): Promise<Order | null> {
    return this.dataSource.manager.findOneBy(OrderRow, { installationId, id: orderId });
  }

  async latestOf(installationId: string, opportunityId: string): Promise<Order | null> {
    return this.dataSource.manager.findOne(OrderRow, {
      where: { installationId, opportunityId },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  /** How the orders of these ids stand now. */
  async statusesOf(ids: readonly string[]): Promise<Map<string, OrderStatus>> {
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.manager.find(OrderRow, {
      select: { installationId: true, id: true, status: true },
      where: { id: In([...ids]) },
    });
    return new Map(rows.map(({ id, status }) => [id, status]));
  }

  /** By the provider's id of the order, else by ours that the provider echoed. */
  async findByProvider(orderGuid: string | null, orderId: string | null): Promise<Order | null> {
    const { manager } = this.dataSource;
    const byGuid = orderGuid ? await manager.findOneBy(OrderRow, { providerOrderGuid: orderGuid }) : null;
    return byGuid ?? (orderId ? manager.findOneBy(OrderRow, { id: orderId }) : null);
  }

  /**
   * Opens an order in the caller's transaction.
   * @throws OrderRaceLost when an order of the opportunity is open already (T7)
   */
  async open(tx: Transaction, actor: string, opening: NewOrder): Promise<Order> {
    const now = this.clock.now();
    // Beside the time, by which it is found again.
    const id = this.ids.next();
    const before = await tx.manager.findOne(OrderRow, {
      where: { installationId: opening.installationId, opportunityId: opening.opportunityId },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    try {
      await tx.manager.insert(OrderRow, {
        installationId: opening.installationId,
        id,
        opportunityId: opening.opportunityId,
        status: 'received',
        sequence: 1,
        settingsVersion: opening.settingsVersion,
        triggeredAt: opening.triggeredAt,
        placedBy: opening.placedBy ?? null,
        traceparent: currentTraceparent(),
        reportRevision: 0,
        // What an earlier order left on the opportunity is ours to replace.
        shownTags: before?.shownTags ?? [],
        createdAt: now,
        updatedAt: now,
      });
    } catch (error) {
      if (isUniqueViolation(error)) throw new OrderRaceLost(before?.id ?? id, before?.sequence ?? 0);
      throw error;
    }
    const order = await tx.manager.findOneByOrFail(OrderRow, { installationId: opening.installationId, id });
    await this.vault.createKey(tx, order);
    const { deliveryId } = opening;
    const opened = { kind: 'opened', data: { deliveryId } } as const;
    await tx.manager.insert(
      OrderEventRow,
      this.eventRow(actor, order, opened, { from: null, to: 'received' }),
    );
    await this.record(tx, actor, order, {
      action: 'order.opened',
      data: { settingsVersion: order.settingsVersion, deliveryId },
    });
    return order;
  }

  /**
   * Takes a step from the order as the caller read it.
   * @throws OrderRaceLost, IllegalMove
   */
  async step(actor: string, order: Order, step: Step): Promise<Order> {
    return this.transactions.run((tx) => this.stepIn(tx, actor, order, step));
  }

  async stepIn(tx: Transaction, actor: string, order: Order, step: Step): Promise<Order> {
    const moveTo = step.moveTo !== undefined && step.moveTo !== order.status ? step.moveTo : null;
    if (moveTo) assertMove(order.status, moveTo);
    const also = (await step.also?.(tx)) ?? {};
    const changed: Partial<OrderRow> = {
      ...(moveTo
        ? {
            status: moveTo,
            statusReason: step.reason ?? null,
            interruptedStatus: moveTo === 'error' ? order.status : null,
            ...(isFinal(moveTo) ? { endedAt: this.clock.now() } : {}),
          }
        : {}),
      ...step.patch,
      ...also,
      sequence: order.sequence + 1,
      updatedAt: this.clock.now(),
    };
    const next: Order = { ...order, ...changed };
    const move = { from: moveTo ? order.status : null, to: moveTo };
    const isFirst = await this.write(
      tx.manager,
      order,
      changed,
      this.eventRow(actor, next, step.event, move),
    );
    if (!isFirst) throw new OrderRaceLost(order.id, order.sequence);
    if (moveTo) {
      await this.record(tx, actor, next, {
        action: 'order.moved',
        data: { from: order.status, to: moveTo, reason: step.reason ?? null },
      });
    }
    if (step.audit) await this.record(tx, actor, next, step.audit);
    return next;
  }

  /** Adds what happened to the order as it is by now; for steps that hold whatever else went on meanwhile. */
  async note(
    actor: string,
    { installationId, id }: Pick<Order, 'installationId' | 'id'>,
    step: Omit<Step, 'moveTo'>,
  ): Promise<Order> {
    return this.transactions.run(async (tx) => {
      const order = await tx.manager.findOneOrFail(OrderRow, {
        where: { installationId, id },
        lock: { mode: 'pessimistic_write' },
      });
      return this.stepIn(tx, actor, order, step);
    });
  }

  /** Keeps which tags of ours may be on the opportunity. */
  async rememberTags({ installationId, id }: Order, shownTags: string[]): Promise<void> {
    await this.dataSource.manager.update(OrderRow, { installationId, id }, { shownTags });
  }

  /** Notes that the provider was asked and said nothing new. */
  async touch(order: Order, listedAs: string): Promise<void> {
    await this.dataSource.manager.update(
      OrderRow,
      { installationId: order.installationId, id: order.id },
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

  /** Order and event in one statement. False when the order has moved on from where the caller read it. */
  private async write(
    manager: EntityManager,
    { installationId, id, sequence }: Order,
    changed: Partial<OrderRow>,
    event: OrderEventRow,
  ): Promise<boolean> {
    const [update, values] = manager
      .createQueryBuilder()
      .update(OrderRow)
      .set(changed)
      .where('installation_id = :installationId AND id = :id AND sequence = :sequence')
      .setParameters({ installationId, id, sequence })
      .getQueryAndParameters();
    const written = await manager.query<unknown[]>(
      `WITH moved AS (${update} RETURNING installation_id, id)
       INSERT INTO order_events (installation_id, order_id, sequence, at, actor, kind, status_from, status_to, data)
       SELECT moved.installation_id, moved.id, event.sequence, event.at, event.actor, event.kind, event.status_from,
              event.status_to, event.data
       FROM moved, jsonb_populate_record(NULL::order_events, $${values.length + 1}::jsonb) AS event
       RETURNING order_id`,
      [
        ...(values as unknown[]),
        JSON.stringify({
          sequence: event.sequence,
          at: event.at,
          actor: event.actor,
          kind: event.kind,
          status_from: event.statusFrom,
          status_to: event.statusTo,
          data: event.data,
        }),
      ],
    );
    return written.length === 1;
  }

  private eventRow(
    actor: string,
    order: Order,
    event: OrderEvent,
    move: { from: OrderStatus | null; to: OrderStatus | null },
  ): OrderEventRow {
    return {
      installationId: order.installationId,
      orderId: order.id,
      sequence: order.sequence,
      at: this.clock.now(),
      actor,
      kind: event.kind,
      statusFrom: move.from,
      statusTo: move.to,
      data: event.data,
    };
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof QueryFailedError && (error.driverError as { code?: string }).code === '23505';
