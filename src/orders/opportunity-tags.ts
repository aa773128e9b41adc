import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Transaction } from '../platform/database/transactions.js';
import type { Order } from './domain/order.js';

/**
 * SQL: the order of an opportunity whose tags are shown on it, the latest that did not end silently. One that did leaves
 * them to the one before; where there are no others, those that are left are its own.
 */
export const shownOf = (installationId: string, opportunityId: string): string =>
  `SELECT * FROM orders
   WHERE installation_id = ${installationId} AND opportunity_id = ${opportunityId}
   ORDER BY (status = 'canceled' AND provider_order_guid IS NULL), created_at DESC, id DESC
   LIMIT 1`;

/** SQL: the tags of a column, and those of a parameter that are not among them. */
export const withTags = (column: string, tags: string): string =>
  `${column} || ARRAY(SELECT tag FROM unnest(${tags}::text[]) AS tag WHERE tag <> ALL (${column}))`;

/** SQL: whether an order is still to be shown, or to be removed, where it can be seen. */
const IS_WRITTEN = '(shown.erased_at IS NULL OR shown.removal_asked_at IS NOT NULL)';

/** Keeps which tags of ours may be on an opportunity, and with which of its orders: one at a time has them. */
@Injectable()
export class OpportunityTags {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Keeps which tags of ours may be on the opportunity. False, and nothing is kept, when they are another order's, and
   * when it was erased.
   */
  async remember({ installationId, opportunityId, id }: Order, shownTags: string[]): Promise<boolean> {
    const [, kept] = await this.dataSource.query<[unknown, number]>(
      `UPDATE orders SET shown_tags = $4
       WHERE installation_id = $1 AND id = $3 AND erased_at IS NULL AND NOT EXISTS (
         SELECT 1 FROM (${shownOf('$1', '$2')}) AS shown
         WHERE shown.id <> orders.id
           AND ((shown.created_at, shown.id) > (orders.created_at, orders.id) OR ${IS_WRITTEN}))`,
      [installationId, opportunityId, id, shownTags],
    );
    return kept === 1;
  }

  /**
   * Adds tags that may be on the opportunity by now to those of the order that is shown there. Answers that order; null,
   * and nothing is kept, when it is this one, or was erased and stays there as it is.
   */
  async rememberOfShown(
    tx: Transaction,
    { installationId, opportunityId, id }: Order,
    tags: readonly string[],
  ): Promise<Pick<Order, 'installationId' | 'opportunityId' | 'id'> | null> {
    const [[other]] = await tx.manager.query<[{ id: string }[], number]>(
      `UPDATE orders SET shown_tags = ${withTags('orders.shown_tags', '$4')}
       FROM (${shownOf('$1', '$2')}) AS shown
       WHERE orders.installation_id = $1 AND orders.id = shown.id AND shown.id <> $3 AND ${IS_WRITTEN}
       RETURNING orders.id`,
      [installationId, opportunityId, id, tags],
    );
    return other ? { installationId, opportunityId, id: other.id } : null;
  }

  /** Whether the tags on its opportunity are another order's, which will not give them back by ending silently. */
  async hasGivenAway(
    tx: Transaction,
    { installationId, opportunityId, id }: Pick<Order, 'installationId' | 'opportunityId' | 'id'>,
  ): Promise<boolean> {
    const found = await tx.manager.query<unknown[]>(
      `SELECT id FROM (${shownOf('$1', '$2')}) AS shown
       WHERE id <> $3 AND (provider_order_guid IS NOT NULL OR status = 'rejected')`,
      [installationId, opportunityId, id],
    );
    return found.length > 0;
  }

  /** Of erased orders whose tags this one after them took away it is no longer kept which they were (A3). */
  async forgetBefore(
    tx: Transaction,
    { installationId, opportunityId, id, createdAt }: Order,
  ): Promise<void> {
    await tx.manager.query(
      `UPDATE orders SET shown_tags = '{}', stuck_tags = '{}'
       WHERE installation_id = $1 AND opportunity_id = $2 AND (created_at, id) < ($3::timestamptz, $4::uuid)
         AND erased_at IS NOT NULL`,
      [installationId, opportunityId, createdAt, id],
    );
  }
}
