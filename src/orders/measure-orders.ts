import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock.js';
import { Measurements } from '../platform/metrics/measurements.js';
import { Metrics, SAME_EVERYWHERE } from '../platform/metrics/metrics.js';
import { OPEN_STATUSES } from './domain/order-status.js';

const DAY_MS = 24 * 3_600_000;

/**
 * How many orders are under way, and how many the provider has twice, or though they ended, for Prometheus. Those that ended
 * are far more, and nobody waits for them.
 */
@Injectable()
export class MeasureOrders {
  private readonly open;
  private readonly placedTwice;
  private readonly placedAfterEnd;

  constructor(
    metrics: Metrics,
    measurements: Measurements,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    this.open = metrics.gauge('orders_open', {
      help: `Orders that have not ended, by status. ${SAME_EVERYWHERE}`,
      labelNames: ['status'],
    });
    this.placedTwice = metrics.gauge('orders_placed_twice', {
      help: `Orders of which VICTIG was found to have a further one within the last day. ${SAME_EVERYWHERE}`,
      labelNames: [],
    });
    this.placedAfterEnd = metrics.gauge('orders_placed_after_end', {
      help: `Orders that VICTIG was found, within the last day, to have taken, and that stay ended here. ${SAME_EVERYWHERE}`,
      labelNames: [],
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
    this.placedTwice.set(await this.countToldOf('placed_twice'));
    this.placedAfterEnd.set(await this.countToldOf('placed_after_end'));
  }

  /** Few events are of these kinds, and each has an index of its own. */
  private async countToldOf(kind: 'placed_twice' | 'placed_after_end'): Promise<number> {
    const [counted] = await this.dataSource.query<{ count: number }[]>(
      `SELECT count(DISTINCT (installation_id, order_id))::int AS count FROM order_events
       WHERE kind = '${kind}' AND at > $1`,
      [new Date(this.clock.now().getTime() - DAY_MS)],
    );
    return counted?.count ?? 0;
  }
}
