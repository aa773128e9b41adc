import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../platform/clock.js';
import { GroupRead } from '../../platform/database/group-read.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import type { Order } from '../domain/order.js';
import type { OrderStatus } from '../domain/order-status.js';

/** A first tag is shown in one of these; later ones need not be asked about. */
const EARLY: ReadonlySet<OrderStatus> = new Set(['submitting', 'pending', 'rejected', 'error']);

type Key = Pick<Order, 'installationId' | 'id'>;

/** Tells how long a recruiter waited for the first tag, from the delivery that told of the candidate. */
@Injectable()
export class FirstTag {
  /** When the first delivery about an order came, if no tag of the order was written down yet. */
  private readonly deliveredAt: GroupRead<Key, Date>;

  constructor(
    dataSource: DataSource,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    this.deliveredAt = new GroupRead(async (keys) => {
      const asked = keys.map(({ installationId, id }, place) => ({
        place,
        installation: installationId,
        id,
      }));
      const found = await dataSource.query<{ place: number; at: Date }[]>(
        `SELECT asked.place, first.at
         FROM jsonb_to_recordset($1::jsonb) AS asked (place integer, installation uuid, id uuid),
              LATERAL (
                SELECT delivery.received_at AS at FROM deliveries AS delivery
                WHERE delivery.installation_id = asked.installation AND delivery.order_id = asked.id
                  AND delivery.source = 'lever' AND NOT EXISTS (
                    SELECT 1 FROM order_events AS event
                    WHERE event.installation_id = asked.installation AND event.order_id = asked.id
                      AND event.kind = 'tags_set')
                ORDER BY delivery.id LIMIT 1) AS first`,
        [JSON.stringify(asked)],
      );
      return found.map(({ place, at }) => [place, at]);
    });
  }

  /** To be called before the tag is written down. Orders by hand, and those that are to wait, tell nothing of us. */
  async shown({ installationId, id, status }: Order, holdSeconds: number): Promise<void> {
    if (!EARLY.has(status) || holdSeconds > 0) return;
    const deliveredAt = await this.deliveredAt.find({ installationId, id });
    if (!deliveredAt) return;
    const waitedMs = this.clock.now().getTime() - deliveredAt.getTime();
    this.metrics.deliveryToTag.observe(Math.max(0, waitedMs) / 1_000);
  }
}
