import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { OrderRow } from '../order.entity.js';

/** A delivery that led to an order or to a refusal. */
export interface PastTrigger {
  deliveryId: string;
  receivedAt: Date;
  orderId: string;
  opportunityId: string;
}

/** A stretch of the past: at most `limit` deliveries, before the one with this id or from the latest on. */
export interface Stretch {
  limit: number;
  before?: string;
}

/** Finds the deliveries that a change of the settings is tried on. */
@Injectable()
export class PreviewTriggers {
  constructor(private readonly dataSource: DataSource) {}

  /** Latest first; one more than wanted when there are older ones. */
  async latest(installationId: string, { limit, before }: Stretch): Promise<PastTrigger[]> {
    const query = this.dataSource.manager
      .createQueryBuilder(Delivery, 'delivery')
      .innerJoin(
        OrderRow,
        'orders',
        'orders.installation_id = delivery.installation_id AND orders.id = delivery.order_id',
      )
      .select('delivery.id', 'deliveryId')
      .addSelect('delivery.received_at', 'receivedAt')
      .addSelect('orders.id', 'orderId')
      .addSelect('orders.opportunity_id', 'opportunityId')
      .where('delivery.installation_id = :installationId', { installationId })
      // With a reason it retried an order, or told of a withdrawal.
      .andWhere(`delivery.source = 'lever' AND delivery.outcome = 'acted_on' AND delivery.reason IS NULL`)
      // Withdrawn before anything was decided.
      .andWhere(`NOT (orders.status = 'canceled' AND orders.product_guid IS NULL)`)
      .orderBy('delivery.id', 'DESC')
      .limit(limit + 1);
    if (before !== undefined) query.andWhere('delivery.id < :before', { before });
    return query.getRawMany<PastTrigger>();
  }
}
