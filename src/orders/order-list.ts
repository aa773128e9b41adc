import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EVERY_INSTALLATION } from '../platform/webhooks/inbox.js';
import { Delivery } from '../platform/webhooks/delivery.entity.js';
import type { Order } from './domain/order.js';
import { ORDER_STATUSES } from './domain/order-status.js';
import type { OrderQuery, TimelineEntryDto } from './order.dto.js';
import { OrderEventRow, OrderRow } from './order.entity.js';
import { showDelivery, shownStatus, showEvent } from './show-order.js';

/** Finds orders and tells their stories. */
@Injectable()
export class OrderList {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first, one row more than wanted when there are more. */
  async page(query: OrderQuery, onlyInstallationId: string | null): Promise<Order[]> {
    const rows = this.dataSource.manager
      .createQueryBuilder(OrderRow, 'orders')
      .orderBy('orders.id', 'DESC')
      .limit(query.limit + 1);
    const { installationId, opportunityId, fileNumber, status, cursor } = query;
    if (onlyInstallationId)
      rows.andWhere('orders.installationId = :onlyInstallationId', { onlyInstallationId });
    if (installationId) rows.andWhere('orders.installationId = :installationId', { installationId });
    if (opportunityId) rows.andWhere('orders.opportunityId = :opportunityId', { opportunityId });
    if (fileNumber) rows.andWhere('orders.fileNumber = :fileNumber', { fileNumber });
    if (status) {
      const statuses = ORDER_STATUSES.filter((candidate) => shownStatus(candidate) === status);
      rows.andWhere('orders.status IN (:...statuses)', { statuses });
    }
    if (cursor) rows.andWhere('orders.id < :cursor', { cursor });
    return rows.getMany();
  }

  async find(id: string): Promise<Order | null> {
    return this.dataSource.manager.findOneBy(OrderRow, { id });
  }

  /** Deliveries and events of one order, in the order they happened. */
  async timeline({ installationId, id: orderId }: Order): Promise<TimelineEntryDto[]> {
    const events = await this.dataSource.manager.find(OrderEventRow, {
      where: { installationId, orderId },
      order: { sequence: 'ASC' },
    });
    const deliveries = await this.dataSource.manager.find(Delivery, {
      where: [
        { installationId, orderId },
        { installationId: EVERY_INSTALLATION, orderId },
      ],
    });
    return [...deliveries.map(showDelivery), ...events.map(showEvent)].toSorted(
      (a, b) => a.at.getTime() - b.at.getTime(),
    );
  }
}
