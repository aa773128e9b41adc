import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Transaction } from '../platform/database/transactions.js';
import type { Order } from './domain/order.js';
import { hasNoTagYet } from './domain/shown-tags.js';

/** SQL: whether an order has ended without a word in Lever, as `endedSilently` says. */
export const ENDED_SILENTLY = "status = 'canceled' AND provider_order_guid IS NULL";

/**
 * SQL: the order of an opportunity whose tags are shown on it, the latest that did not end silently. One that did leaves
 * them to the one before; where there are no others, those that are left are its own.
 * @param among SQL: which orders count
 */
export const shownOf = (installationId: string, opportunityId: string, among = 'true'): string =>
  `SELECT * FROM orders
   WHERE installation_id = ${installationId} AND opportunity_id = ${opportunityId} AND ${among}
   ORDER BY (${ENDED_SILENTLY}), created_at DESC, id DESC
   LIMIT 1`;

/** SQL: whether an order has nothing of its own to show yet, as `hasNoTagYet` says: the one before it speaks for the opportunity. */
const HAS_NO_TAG_YET = "status = 'held'";

/** SQL: the order that speaks for an opportunity by now. */
const speaksFor = (installationId: string, opportunityId: string, among = 'true'): string =>
  shownOf(installationId, opportunityId, `NOT (${HAS_NO_TAG_YET}) AND ${among}`);

/** SQL: the tags of a column, and those of a parameter that are not among them. */
export const withTags = (column: string, tags: string): string =>
  `${column} || ARRAY(SELECT tag FROM unnest(${tags}::text[]) AS tag WHERE tag <> ALL (${column}))`;

/** SQL: the tags of a column without those of a parameter. */
const withoutTags = (column: string, tags: string): string =>
  `ARRAY(SELECT tag FROM unnest(${column}) AS tag WHERE tag <> ALL (${tags}::text[]))`;

/** SQL: whether an order is still to be shown, or to be removed, where it can be seen. */
const IS_WRITTEN = '(shown.erased_at IS NULL OR shown.removal_asked_at IS NOT NULL)';

/** Keeps which tags of ours may be on an opportunity, and with which of its orders: one at a time has them. */
@Injectable()
export class OpportunityTags {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Keeps which tags of ours may be on the opportunity. False, and nothing is kept, when they are another order's, and
   * when it was erased. A later order that has none of its own yet learns of them, to take them away once it has.
   */
  async remember({ installationId, opportunityId, id }: Order, shownTags: string[]): Promise<boolean> {
    const [, kept] = await this.dataSource.query<[unknown, number]>(
      `WITH shown AS (${speaksFor('$1', '$2')}),
            waiting AS (SELECT id FROM orders WHERE installation_id = $1 AND opportunity_id = $2 AND ${HAS_NO_TAG_YET}),
            asking AS (
              SELECT asking.id FROM orders AS asking LEFT JOIN shown ON true
              WHERE asking.installation_id = $1 AND asking.id = $3 AND asking.erased_at IS NULL
                AND (asking.id IN (SELECT id FROM shown UNION SELECT id FROM waiting)
                     OR (shown.created_at, shown.id) < (asking.created_at, asking.id) AND NOT ${IS_WRITTEN}))
       UPDATE orders
       SET shown_tags = CASE WHEN orders.id = asking.id THEN $4 ELSE ${withTags('orders.shown_tags', '$4')} END
       FROM asking LEFT JOIN waiting ON true
       WHERE orders.installation_id = $1 AND orders.id = ANY (ARRAY[asking.id, waiting.id])`,
      [installationId, opportunityId, id, shownTags],
    );
    return kept > 0;
  }

  /**
   * Adds tags that may be on the opportunity by now to those of the order that speaks for it. Answers that order; null, and
   * nothing is kept, when it is this one, or was erased and stays there as it is. None that ended silently speaks for one
   * that waits.
   */
  async rememberOfShown(
    tx: Transaction,
    order: Order,
    tags: readonly string[],
  ): Promise<Pick<Order, 'installationId' | 'opportunityId' | 'id'> | null> {
    const { installationId, opportunityId, id } = order;
    const among = hasNoTagYet(order) ? `NOT (${ENDED_SILENTLY})` : 'true';
    const [[other]] = await tx.manager.query<[{ id: string }[], number]>(
      `UPDATE orders SET shown_tags = ${withTags('orders.shown_tags', '$4')}
       FROM (${speaksFor('$1', '$2', among)}) AS shown
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

  /** Whether the tags that are on its opportunity by now are this order's. */
  async areOf({ installationId, opportunityId, id }: Order): Promise<boolean> {
    const found = await this.dataSource.query<unknown[]>(
      `SELECT id FROM (${speaksFor('$1', '$2')}) AS shown WHERE id = $3`,
      [installationId, opportunityId, id],
    );
    return found.length > 0;
  }

  /**
   * Of tags that went with an erased order those know no more that found them there, and had none of their own to put in
   * their place (A3).
   */
  async forgetGone(
    tx: Transaction,
    { installationId, opportunityId, id }: Order,
    gone: readonly string[],
  ): Promise<void> {
    await tx.manager.query(
      `UPDATE orders SET shown_tags = ${withoutTags('shown_tags', '$4')}, stuck_tags = ${withoutTags('stuck_tags', '$4')}
       WHERE installation_id = $1 AND opportunity_id = $2 AND id <> $3 AND (${HAS_NO_TAG_YET} OR ${ENDED_SILENTLY})`,
      [installationId, opportunityId, id, gone],
    );
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
