import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock.js';
import { Metrics } from '../platform/metrics/metrics.js';
import type { Order } from './domain/order.js';
import type { OrderStatus } from './domain/order-status.js';

/** A first tag is shown in one of these; later ones need not be asked about. */
const EARLY: ReadonlySet<OrderStatus> = new Set(['submitting', 'pending', 'rejected', 'error']);

/** Tells how long a recruiter waited for the first tag, from the delivery that told of the candidate. */
@Injectable()
export class FirstTag {
  constructor(
    private readonly dataSource: DataSource,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  /** To be called before the tag is written down. Orders by hand, and those that are to wait, tell nothing of us. */
  async shown({ installationId, id, status }: Order, holdSeconds: number): Promise<void> {
    if (!EARLY.has(status) || holdSeconds > 0) return;
    const [delivery] = await this.dataSource.query<{ at: Date }[]>(
      `SELECT received_at AS at FROM deliveries AS delivery
       WHERE installation_id = $1 AND order_id = $2 AND source = 'lever' AND NOT EXISTS (
         SELECT 1 FROM order_events
         WHERE installation_id = $1 AND order_id = $2 AND kind = 'tags_set')
       ORDER BY delivery.id LIMIT 1`,
      [installationId, id],
    );
    if (!delivery) return;
    const waitedMs = this.clock.now().getTime() - delivery.at.getTime();
    this.metrics.deliveryToTag.observe(Math.max(0, waitedMs) / 1_000);
  }
}
