import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { youngestIdOf } from '../platform/ids-of-time.js';
import { Measurements } from '../platform/metrics/measurements.js';
import { Metrics, SAME_EVERYWHERE } from '../platform/metrics/metrics.js';

/** What has waited since before `$1`, and so has an id of `$2` at the most. */
const LATE = {
  // Of those that are queued, by installation; few are, unless much is late.
  undecided: `
    SELECT count(*)::int AS count FROM installations AS installation
    JOIN deliveries AS delivery ON delivery.installation_id = installation.id
    WHERE installation.state = 'active' AND delivery.outcome = 'queued' AND delivery.source = 'lever'
      AND delivery.id <= $2 AND delivery.received_at <= $1`,
  // One that is held waits from the end of its hold on, as the settings have it now (T8).
  unplaced: `
    SELECT count(*)::int AS count FROM orders
    JOIN installations AS installation ON installation.id = orders.installation_id
    JOIN installation_versions AS present
      ON present.installation_id = installation.id AND present.version = installation.settings_version
    WHERE installation.state = 'active' AND orders.status IN ('received', 'held', 'submitting') AND orders.id <= $2
      AND CASE WHEN orders.status = 'held'
            THEN greatest(orders.created_at, orders.triggered_at)
              + COALESCE((present.configuration -> 'settings' ->> 'holdSeconds')::int, 0) * interval '1 second'
            ELSE orders.created_at
          END <= $1`,
};

/**
 * How many candidates wait for longer than `Error` takes to be shown, and show nothing, for Prometheus: what waits at a limit,
 * or was forgotten, fails nowhere.
 */
@Injectable()
export class MeasureLateOrders {
  private readonly late;

  constructor(
    metrics: Metrics,
    measurements: Measurements,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {
    this.late = metrics.gauge('orders_late', {
      help: `Candidates of active installations who have waited for longer than ERROR_AFTER_SECONDS without a status in Lever: their deliveries that are not decided, and their orders that are not placed. ${SAME_EVERYWHERE}`,
      labelNames: ['state'],
    });
    measurements.add('late_orders', () => this.measure());
  }

  private async measure(): Promise<void> {
    const since = new Date(this.clock.now().getTime() - this.config.orders.errorAfterSeconds * 1_000);
    for (const [state, question] of Object.entries(LATE)) {
      const [counted] = await this.dataSource.query<{ count: number }[]>(question, [
        since,
        youngestIdOf(since),
      ]);
      this.late.set({ state }, counted?.count ?? 0);
    }
  }
}
