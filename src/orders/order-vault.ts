import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import type { ReportSummary } from '../mapping/result-note.js';
import type { OrderRequest } from '../mapping/order-request.js';
import type { Refusal } from '../mapping/mapping.js';
import { KeyRing } from '../platform/crypto/key-ring.js';
import type { SealedColumn } from '../platform/crypto/sealed-column.js';
import type { Transaction } from '../platform/database/transactions.js';
import type { Order } from './domain/order.js';
import { OrderKeyRow, OrderRow } from './order.entity.js';

/** What is to be ordered, or why it is not. Holds personal data. */
export type OrderContent =
  { request: OrderRequest; refusals: [] } | { request: null; refusals: readonly Refusal[] };

/** Flag and decision each time results were taken; the latest is last. */
export interface ReportRevision {
  flagged: boolean;
  decision: string | null;
  /** A decision was given in a form that is not known. */
  isDecisionUnknown?: boolean;
}

export interface OrderResults {
  report: Omit<ReportSummary, 'orderedAt' | 'completedAt'> & {
    orderedAt: string | null;
    completedAt: string | null;
  };
  revisions: readonly ReportRevision[];
}

type Owner = Pick<Order, 'installationId' | 'id'>;

/** The key of one order: as it is kept, and open. */
export interface DataKey {
  sealed: Buffer;
  ring: KeyRing;
}

const DATA_KEY_BYTES = 32;
const DATA_KEY_ID = 'order';

export const ORDER_KEYS_COLUMN: SealedColumn = {
  table: 'order_keys',
  column: 'sealed',
  key: ['installation_id', 'order_id'],
  alsoRead: [],
  place: ({ installation_id = '', order_id = '' }) => `order_keys/${installation_id}/${order_id}`,
  // The first and the last order of each installation, by the index.
  sampled: `(SELECT edge.* FROM installations CROSS JOIN LATERAL (
      (SELECT * FROM order_keys WHERE installation_id = installations.id ORDER BY order_id LIMIT 1)
      UNION ALL
      (SELECT * FROM order_keys WHERE installation_id = installations.id ORDER BY order_id DESC LIMIT 1)
    ) AS edge) AS sampled`,
};

const keyPlace = ({ installationId, id }: Owner): string =>
  ORDER_KEYS_COLUMN.place({ installation_id: installationId, order_id: id });

/** Personal data of orders, each order's under a key of its own; without that key it is gone for good (A3). */
@Injectable()
export class OrderVault {
  constructor(
    private readonly dataSource: DataSource,
    private readonly keyRing: KeyRing,
  ) {}

  /** A key for an order that is not kept yet. */
  newKey(order: Owner): DataKey {
    const key = randomBytes(DATA_KEY_BYTES);
    return { sealed: this.keyRing.seal(key, keyPlace(order)), ring: ringWith(key) };
  }

  async keepKey(tx: Transaction, order: Owner, { sealed }: DataKey): Promise<void> {
    await tx.write({
      text: 'INSERT INTO order_keys (installation_id, order_id, sealed) VALUES ($1, $2, $3)',
      values: [order.installationId, order.id, sealed],
    });
  }

  /** Makes all that was sealed for the order unreadable for good, wherever a copy of it may be. */
  async destroyKey(tx: Transaction, order: Owner): Promise<void> {
    await tx.manager.delete(OrderKeyRow, { installationId: order.installationId, orderId: order.id });
  }

  /**
   * To be kept by a step from the order as it was read: one that was erased meanwhile does not take it.
   * @param key of an order that is not kept yet
   */
  async sealContent(order: Owner, content: OrderContent, key?: DataKey): Promise<Buffer> {
    return this.seal(key?.ring ?? (await this.ringOf(order)), order, 'content', content);
  }

  /** To be kept as what `sealContent` seals. */
  async sealResults(order: Owner, results: OrderResults): Promise<Buffer> {
    return this.seal(await this.ringOf(order), order, 'results', results);
  }

  async content(order: Owner): Promise<OrderContent | null> {
    return (await this.open(order, 'contentSealed', 'content')) as OrderContent | null;
  }

  async results(order: Owner, manager = this.dataSource.manager): Promise<OrderResults | null> {
    return (await this.open(order, 'resultsSealed', 'results', manager)) as OrderResults | null;
  }

  private seal(ring: KeyRing, order: Owner, column: string, value: unknown): Buffer {
    return ring.seal(Buffer.from(JSON.stringify(value), 'utf8'), placeOf(order, column));
  }

  private async open(
    order: Owner,
    property: 'contentSealed' | 'resultsSealed',
    column: string,
    manager = this.dataSource.manager,
  ): Promise<unknown> {
    const row = await manager.findOne(OrderRow, {
      where: { installationId: order.installationId, id: order.id },
      select: { installationId: true, id: true, [property]: true },
    });
    const sealed = row?.[property];
    if (!sealed) return null;
    const ring = await this.ringOf(order, manager);
    return JSON.parse(ring.open(sealed, placeOf(order, column)).toString('utf8')) as unknown;
  }

  private async ringOf(order: Owner, manager: EntityManager = this.dataSource.manager): Promise<KeyRing> {
    const row = await manager.findOneByOrFail(OrderKeyRow, {
      installationId: order.installationId,
      orderId: order.id,
    });
    return ringWith(this.keyRing.open(row.sealed, keyPlace(order)));
  }
}

const ringWith = (key: Buffer): KeyRing => new KeyRing([{ id: DATA_KEY_ID, key }]);

const placeOf = (order: Owner, column: string): string =>
  `orders/${order.installationId}/${order.id}/${column}`;
