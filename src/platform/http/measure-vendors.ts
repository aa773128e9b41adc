import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { Measurements } from '../metrics/measurements.js';
import { Metrics, SAME_EVERYWHERE } from '../metrics/metrics.js';
import { Breakers } from './breakers.js';
import { VENDORS } from './vendor-calls.js';

const BREAKER_STATES = { open: 'open', half_open: 'half_open', closed: 'troubled' } as const;

/**
 * How things stand with the vendors, for Prometheus. There may be an account for each installation, so that accounts
 * are counted, and of the day's calls that account speaks which has fewest left.
 */
@Injectable()
export class MeasureVendors {
  private readonly callsLeft;

  constructor(
    metrics: Metrics,
    measurements: Measurements,
    breakers: Breakers,
    private readonly dataSource: DataSource,
    @Inject(appConfig.KEY) private readonly config: Pick<AppConfig, 'victig'>,
  ) {
    metrics.gauge('breaker_accounts', {
      help: 'Accounts by vendor that this replica does not call (open), tries (half_open), or whose last call failed (troubled)',
      labelNames: ['vendor', 'state'],
      collect: (gauge) => {
        for (const vendor of VENDORS) {
          const accounts = breakers.snapshot().find((one) => one.vendor === vendor)?.accounts;
          for (const [known, state] of Object.entries(BREAKER_STATES)) {
            gauge.set({ vendor, state }, accounts?.[known as keyof typeof BREAKER_STATES] ?? 0);
          }
        }
      },
    });
    this.callsLeft = metrics.gauge('vendor_day_calls_left_ratio', {
      help: `Which part of the day's calls the account has left that has fewest left, from 1 to 0. ${SAME_EVERYWHERE}`,
      labelNames: ['vendor'],
    });
    measurements.add('budgets', () => this.measure());
  }

  private async measure(): Promise<void> {
    // The days of the limiter: UTC, by the database's clock. Only VICTIG counts by the day.
    const [row] = await this.dataSource.query<{ most: number | null }[]>(
      `SELECT max(calls_of_day) AS most FROM rate_buckets
       WHERE day = (now() AT TIME ZONE 'UTC')::date AND key LIKE 'victig:%'`,
    );
    const left = 1 - (row?.most ?? 0) / this.config.victig.requestsPerDay;
    this.callsLeft.set({ vendor: 'VICTIG' }, Math.max(0, left));
  }
}
