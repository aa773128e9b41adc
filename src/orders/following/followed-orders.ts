import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { Clock } from '../../platform/clock.js';
import type { Transaction } from '../../platform/database/transactions.js';
import type { Order } from '../domain/order.js';
import { OPEN_STATUSES, type OrderStatus } from '../domain/order-status.js';
import type { OrderKey } from '../order-book.js';
import { OrderRow } from '../order.entity.js';
import { spellingsOf } from '../provider-guid.js';
import { installationsOf, type ClientUse, type SharedClient } from '../placing/shared-clients.js';

/** At the provider and not at an end. */
const FOLLOWED: OrderStatus[] = ['pending', 'in_progress', 'error'];

/** Orders of the index `orders_to_follow`. */
const OPEN = `provider_order_guid IS NOT NULL AND status IN (${FOLLOWED.map((status) => `'${status}'`).join(', ')})`;

/** Orders of the index `orders_in_trouble`. */
const IN_TROUBLE = 'provider_order_guid IS NOT NULL AND trouble IS NOT NULL';

/**
 * SQL: under which clients orders were submitted, and when that was taken for lost. Those that are not placed yet look for it
 * themselves.
 * @param since a time of the database's
 */
const lostSince = (since: string): string =>
  `SELECT lost.installation_id, started.data ->> 'clientGuid' AS client_guid, lost.at
   FROM order_events AS lost
   JOIN order_events AS started ON started.installation_id = lost.installation_id
     AND started.order_id = lost.order_id AND started.sequence < lost.sequence AND started.kind = 'submit_started'
   JOIN orders ON orders.installation_id = lost.installation_id AND orders.id = lost.order_id
   WHERE lost.kind = 'submit_not_received' AND lost.data ->> 'failure' = 'not_found' AND lost.at > ${since}
     AND started.data ->> 'clientGuid' IS NOT NULL AND orders.erased_at IS NULL
     AND (provider_order_guid IS NOT NULL OR status NOT IN (${OPEN_STATUSES.map((status) => `'${status}'`).join(', ')}))`;

/** So long a submission that was taken for lost may come true: as long as a callback of an unknown order is kept (V4). */
const MAY_COME_TRUE_MS = 24 * 3_600_000;

/** A client under which an installation has orders that are followed, or may have some that nobody knows of. */
export interface ClientInUse extends ClientUse {
  /** Some that are not at an end; otherwise there are only some that could not be read, or that nobody knows of. */
  hasOpen: boolean;
  /** When a submission was last taken for lost that may come true yet, and nobody looks for any more; null: none. */
  lostAt: Date | null;
}

export type FollowedClient = SharedClient<ClientInUse>;

export type OpenOrder = Pick<Order, 'orderedAt'>;

export type SilentOrder = Pick<Order, 'installationId' | 'id'>;

/** Which orders are silent, by when they were heard of last. */
export interface Silence {
  /** Open ones, before then. */
  silentSince: Date;
  /** Those that could not be read, before then. */
  troubledSince: Date;
  /** Open ones, after then: by a clock that was ahead and was set right. */
  aheadSince: Date;
}

/** What the reconciler needs to know of orders, many at a time (V3). */
@Injectable()
export class FollowedOrders {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async clientsInUse(): Promise<ClientInUse[]> {
    return this.dataSource.query<ClientInUse[]>(
      `WITH RECURSIVE ${clientsOf('open', OPEN)}, ${clientsOf('troubled', IN_TROUBLE)}, lost AS (${lostSince('$1')})
       SELECT installation_id AS "installationId", client_guid AS "clientGuid", bool_or(is_open) AS "hasOpen",
         max(lost_at) AS "lostAt"
       FROM (SELECT *, true AS is_open, NULL::timestamptz AS lost_at FROM open
             UNION ALL SELECT *, false, NULL FROM troubled
             UNION ALL SELECT installation_id, client_guid, false, at FROM lost) AS in_use
       GROUP BY installation_id, client_guid
       ORDER BY installation_id, client_guid`,
      [new Date(this.clock.now().getTime() - MAY_COME_TRUE_MS)],
    );
  }

  /** When any of a client's open orders last had news, by client; those of which none is open are left out. */
  async latestNewsOf(clients: readonly FollowedClient[]): Promise<Map<string, Date>> {
    const uses = clients.flatMap((client) => client.uses);
    const rows = await this.dataSource.query<{ clientGuid: string; at: Date }[]>(
      // Of each use the end of the orders' index: however many are open, one is read.
      `SELECT used.client_guid AS "clientGuid", max(latest.at) AS at
       FROM unnest($1::uuid[], $2::text[]) AS used (installation_id, client_guid) CROSS JOIN LATERAL (
         SELECT news_at AS at FROM orders
         WHERE ${OPEN} AND installation_id = used.installation_id AND client_guid = used.client_guid
         ORDER BY news_at DESC LIMIT 1) AS latest
       GROUP BY used.client_guid`,
      [uses.map(({ installationId }) => installationId), uses.map(({ clientGuid }) => clientGuid)],
    );
    return new Map(rows.map(({ clientGuid, at }) => [clientGuid, at]));
  }

  /** By the provider's ids, in small letters. */
  async openOf(client: FollowedClient): Promise<Map<string, OpenOrder>> {
    const rows = await this.dataSource.query<{ orderGuid: string; orderedAt: Date | null }[]>(
      `SELECT provider_order_guid AS "orderGuid", ordered_at AS "orderedAt" FROM orders
       WHERE ${OPEN} AND installation_id = ANY ($1::uuid[]) AND client_guid = $2`,
      [installationsOf(client), client.clientGuid],
    );
    return new Map(rows.map(({ orderGuid, orderedAt }) => [orderGuid.toLowerCase(), { orderedAt }]));
  }

  /** Those of the installations, open or not, that have one of the provider's ids. */
  async byProvider(
    tx: Transaction,
    installationIds: readonly string[],
    orderGuids: readonly string[],
  ): Promise<Order[]> {
    return tx.manager.findBy(OrderRow, {
      providerOrderGuid: In(orderGuids.flatMap(spellingsOf)),
      installationId: In([...installationIds]),
    });
  }

  /** Those of the installations, open or not, that have one of our ids. */
  async byId(installationIds: readonly string[], orderIds: readonly string[]): Promise<Order[]> {
    if (orderIds.length === 0) return [];
    return this.dataSource.manager.findBy(OrderRow, {
      id: In([...orderIds]),
      installationId: In([...installationIds]),
    });
  }

  /** What lists say of orders that are to be read for it; of one that was erased meanwhile nothing is kept (A3). */
  async keepListings(
    tx: Transaction,
    listings: readonly (OrderKey & Pick<Order, 'listedAs'>)[],
  ): Promise<void> {
    if (listings.length === 0) return;
    await tx.manager.query(
      `UPDATE orders SET listed_as = told."listedAs"
       FROM jsonb_to_recordset($1::jsonb) AS told ("installationId" uuid, "orderId" uuid, "listedAs" text)
       WHERE installation_id = told."installationId" AND id = told."orderId" AND erased_at IS NULL`,
      [JSON.stringify(listings)],
    );
  }

  /** From then on they count as asked about. */
  async heardOf(tx: Transaction, orders: readonly SilentOrder[], at: Date): Promise<void> {
    if (orders.length === 0) return;
    await tx.manager
      .createQueryBuilder()
      .update(OrderRow)
      .set({ refreshedAt: at })
      .where('installation_id IN (:...installationIds)', {
        installationIds: [...new Set(orders.map(({ installationId }) => installationId))],
      })
      .andWhere('id IN (:...ids)', { ids: orders.map(({ id }) => id) })
      .execute();
  }

  /**
   * The orders that nobody heard of for longest: open ones, and sooner those that could not be read when they should have
   * been.
   */
  silent(
    tx: Transaction,
    installationIds: readonly string[],
    { silentSince, troubledSince, aheadSince }: Silence,
    limit: number,
  ): Promise<SilentOrder[]> {
    const atProvider = { installationId: In([...installationIds]), providerOrderGuid: Not(IsNull()) };
    const open = { ...atProvider, status: In(FOLLOWED) };
    return tx.manager.find(OrderRow, {
      select: { installationId: true, id: true, refreshedAt: true },
      where: [
        { ...open, refreshedAt: LessThan(silentSince) },
        { ...open, refreshedAt: MoreThan(aheadSince) },
        { ...atProvider, trouble: Not(IsNull()), refreshedAt: LessThan(troubledSince) },
      ],
      order: { refreshedAt: 'ASC' },
      take: limit,
    });
  }

  /** When the lists of an account's clients were last asked for, and read or refused. */
  async polledAt(account: string): Promise<Map<string, Date>> {
    const rows = await this.dataSource.query<{ clientGuid: string; at: Date }[]>(
      'SELECT client_guid AS "clientGuid", polled_at AS at FROM client_polls WHERE account = $1',
      [account],
    );
    return new Map(rows.map(({ clientGuid, at }) => [clientGuid, at]));
  }

  async polled({ account, clientGuid }: FollowedClient, at: Date): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO client_polls (account, client_guid, polled_at) VALUES ($1, $2, $3)
       ON CONFLICT (account, client_guid) DO UPDATE SET polled_at = EXCLUDED.polled_at`,
      [account, clientGuid, at],
    );
  }
}

/**
 * A part of a `WITH RECURSIVE` that names the clients of some orders, each once: from one, the orders' index leads to the
 * next, however many orders lie between. For `DISTINCT` PostgreSQL reads them all.
 * @param orders what an index of `installation_id` and `client_guid` has for its condition
 */
const clientsOf = (name: string, orders: string): string => {
  const first = (condition: string): string =>
    `(SELECT installation_id, client_guid FROM orders WHERE ${orders} AND ${condition}
      ORDER BY installation_id, client_guid LIMIT 1)`;
  const following = '(installation_id, client_guid) > (last.installation_id, last.client_guid)';
  return `${name} AS (
    ${first('client_guid IS NOT NULL')}
    UNION ALL
    SELECT next.* FROM ${name} AS last CROSS JOIN LATERAL ${first(`client_guid IS NOT NULL AND ${following}`)} AS next)`;
};
