import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThan, Not } from 'typeorm';
import { Clock } from '../platform/clock.js';
import type { Transaction } from '../platform/database/transactions.js';
import type { Order } from './domain/order.js';
import type { OrderStatus } from './domain/order-status.js';
import type { OrderKey } from './order-book.js';
import { OrderRow } from './order.entity.js';

/** At the provider and not at an end. */
const FOLLOWED: OrderStatus[] = ['pending', 'in_progress', 'error'];

/** A client under which installations have orders that are followed. */
export interface ClientInUse {
  installationId: string;
  clientGuid: string;
}

/** Whose orders of a client are meant: installations of one account at the provider. */
export interface ClientOfAccount {
  account: string;
  clientGuid: string;
  installationIds: readonly string[];
}

export type FollowedOrder = Pick<Order, 'id' | 'providerOrderGuid' | 'orderedAt' | 'updatedAt'>;

/** What the reconciler needs to know of orders, many at a time (V3). */
@Injectable()
export class FollowedOrders {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async clientsInUse(): Promise<ClientInUse[]> {
    return this.dataSource.manager
      .createQueryBuilder(OrderRow, 'orders')
      .select('orders.installation_id', 'installationId')
      .addSelect('orders.client_guid', 'clientGuid')
      .where('orders.provider_order_guid IS NOT NULL AND orders.client_guid IS NOT NULL')
      .andWhere('(orders.status IN (:...followed) OR orders.trouble IS NOT NULL)', { followed: FOLLOWED })
      .distinct(true)
      .getRawMany<ClientInUse>();
  }

  async openOf({ installationIds, clientGuid }: ClientOfAccount): Promise<FollowedOrder[]> {
    return this.dataSource.manager.find(OrderRow, {
      select: { installationId: true, id: true, providerOrderGuid: true, orderedAt: true, updatedAt: true },
      where: {
        installationId: In([...installationIds]),
        clientGuid,
        status: In(FOLLOWED),
        providerOrderGuid: Not(IsNull()),
      },
    });
  }

  /** Those of the installations, open or not, that have one of the provider's ids. */
  async byProvider(
    tx: Transaction,
    installationIds: readonly string[],
    orderGuids: readonly string[],
  ): Promise<Order[]> {
    return tx.manager.findBy(OrderRow, {
      providerOrderGuid: In([...orderGuids]),
      installationId: In([...installationIds]),
    });
  }

  /** A list told that nothing happened to them. */
  async heardOf(tx: Transaction, orders: readonly Pick<Order, 'installationId' | 'id'>[]): Promise<void> {
    if (orders.length === 0) return;
    await tx.manager
      .createQueryBuilder()
      .update(OrderRow)
      .set({ refreshedAt: this.clock.now() })
      .where('installation_id IN (:...installationIds)', {
        installationIds: [...new Set(orders.map(({ installationId }) => installationId))],
      })
      .andWhere('id IN (:...ids)', { ids: orders.map(({ id }) => id) })
      .execute();
  }

  /**
   * Takes on the orders that nobody heard of for longest: open ones, and sooner those that could not be read when
   * they should have been. From now on they count as asked about.
   */
  async takeSilent(
    tx: Transaction,
    installationIds: readonly string[],
    before: { silentSince: Date; troubledSince: Date },
    limit: number,
  ): Promise<OrderKey[]> {
    const atProvider = { installationId: In([...installationIds]), providerOrderGuid: Not(IsNull()) };
    const orders = await tx.manager.find(OrderRow, {
      where: [
        { ...atProvider, status: In(FOLLOWED), refreshedAt: LessThan(before.silentSince) },
        { ...atProvider, trouble: Not(IsNull()), refreshedAt: LessThan(before.troubledSince) },
      ],
      order: { refreshedAt: 'ASC' },
      take: limit,
    });
    await this.heardOf(tx, orders);
    return orders.map(({ installationId, id }) => ({ installationId, orderId: id }));
  }

  /** When the list of a client was last read; null: it never was. */
  async polledAt({ account, clientGuid }: ClientOfAccount): Promise<Date | null> {
    const [row] = await this.dataSource.query<{ polled_at: Date }[]>(
      'SELECT polled_at FROM client_polls WHERE account = $1 AND client_guid = $2',
      [account, clientGuid],
    );
    return row?.polled_at ?? null;
  }

  async polled({ account, clientGuid }: ClientOfAccount, at: Date): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO client_polls (account, client_guid, polled_at) VALUES ($1, $2, $3)
       ON CONFLICT (account, client_guid) DO UPDATE SET polled_at = EXCLUDED.polled_at`,
      [account, clientGuid, at],
    );
  }
}
