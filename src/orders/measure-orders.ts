import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Measurements } from '../platform/metrics/measurements.js';
import { Metrics, SAME_EVERYWHERE } from '../platform/metrics/metrics.js';
import { OPEN_STATUSES } from './domain/order-status.js';

/** How many orders are under way, for Prometheus. Those that ended are far more, and nobody waits for them. */
@Injectable()
export class MeasureOrders {
  private readonly open;

  constructor(
    metrics: Metrics,
    measurements: Measurements,
    private readonly dataSource: DataSource,
  ) {
    this.open = metrics.gauge('orders_open', {
      help: `Orders that have not ended, by status. ${SAME_EVERYWHERE}`,
      labelNames: ['status'],
    });
    measurements.add('orders', () => this.measure());
  }

  private async measure(): Promise<void> {
    const counted = await this.dataSource.query<{ status: string; count: number }[]>(
      'SELECT status, count(*)::int AS count FROM orders WHERE status = ANY ($1) GROUP BY status',
      [OPEN_STATUSES],
    );
    for (const status of OPEN_STATUSES) {
      this.open.set({ status }, counted.find((row) => row.status === status)?.count ?? 0);
    }
  }
}
