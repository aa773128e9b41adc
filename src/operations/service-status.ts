import { Inject, Injectable } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { ServiceDataSource } from '../platform/database/service-data-source.js';
import { Breakers, type BreakerSnapshot } from '../platform/http/breakers.js';
import { JOB_CONNECTIONS } from '../platform/jobs/pg-boss-jobs.js';
import { ServicePause } from '../platform/pause/service-pause.js';
import { REPLICA } from '../platform/replica.js';
import type { BudgetDto, ServiceStatusDto, VendorStatusDto } from './service-status.dto.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What is called recent. */
const RECENT_MINUTES = 15;

/** Accounts that called most come first; more are shown to nobody. */
const MOST_BUDGETS = 100;

interface RecentCalls {
  vendor: string;
  answered: number;
  failed: number;
  lastAnsweredAt: Date | null;
}

/** How the service and those it calls are doing. */
@Injectable()
export class ServiceStatus {
  constructor(
    private readonly dataSource: DataSource,
    private readonly breakers: Breakers,
    private readonly pause: ServicePause,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /** @param only the one installation that may be known of; null for all */
  async read(only: string | null): Promise<ServiceStatusDto> {
    const recent = await this.recentCalls(only);
    const snapshot = this.breakers.snapshot();
    return {
      version,
      replica: REPLICA,
      replicas: await this.countReplicas(),
      startedAt: new Date(Date.now() - process.uptime() * 1_000),
      paused: this.pause.isPaused,
      vendors: Object.entries(this.limits()).map(([vendor, limits]) =>
        Object.assign(
          healthOf(
            snapshot.find((one) => one.vendor === vendor),
            recent.find((one) => one.vendor === vendor),
          ),
          { vendor, limits },
        ),
      ),
      // Other customers' accounts are nobody else's business.
      budgets: only === null ? await this.budgets() : [],
    };
  }

  private limits(): Record<string, VendorStatusDto['limits']> {
    const { lever, victig } = this.config;
    return {
      Lever: { requestsPerSecond: lever.requestsPerSecond, burst: lever.burst, requestsPerDay: null },
      VICTIG: {
        requestsPerSecond: victig.requestsPerSecond,
        burst: victig.burst,
        requestsPerDay: victig.requestsPerDay,
      },
    };
  }

  /** As far as they were made for orders, by all replicas. */
  private async recentCalls(only: string | null): Promise<RecentCalls[]> {
    return this.dataSource.query<RecentCalls[]>(
      // A refusal is an answer.
      `SELECT vendor, count(*) FILTER (WHERE well)::int AS answered, count(*) FILTER (WHERE NOT well)::int AS failed,
         max(at) FILTER (WHERE well) AS "lastAnsweredAt"
       FROM vendor_calls, LATERAL (SELECT outcome IN ('answered', 'rejected', 'unauthorized')) AS judged (well)
       WHERE at > now() - $1 * interval '1 minute' AND ($2::uuid IS NULL OR installation_id = $2)
       GROUP BY vendor`,
      [RECENT_MINUTES, only],
    );
  }

  /** Of today, as the database counts days. */
  private async budgets(): Promise<BudgetDto[]> {
    return this.dataSource.query<BudgetDto[]>(
      `SELECT key AS account, calls_of_day AS "callsToday",
         CASE WHEN slow_until > now() THEN slow_until END AS "slowedUntil"
       FROM rate_buckets WHERE day = (now() AT TIME ZONE 'UTC')::date
       ORDER BY calls_of_day DESC, key LIMIT $1`,
      [MOST_BUDGETS],
    );
  }

  /** Each replica names its connections for jobs after itself; null where the database does not tell. */
  private async countReplicas(): Promise<number | null> {
    if (!(this.dataSource instanceof ServiceDataSource)) return null;
    if (this.dataSource.place.kind === 'embedded') return 1;
    const [row] = await this.dataSource.query<{ count: number }[]>(
      `SELECT count(DISTINCT application_name)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE $1`,
      [`${JOB_CONNECTIONS}%`],
    );
    return row === undefined || row.count === 0 ? null : row.count;
  }
}

function healthOf(
  snapshot: BreakerSnapshot | undefined,
  recent: RecentCalls | undefined,
): Omit<VendorStatusDto, 'vendor' | 'limits'> {
  const accounts = snapshot?.accounts ?? { closed: 0, open: 0, half_open: 0 };
  const answered = recent?.answered ?? 0;
  const failed = recent?.failed ?? 0;
  const stopped = accounts.open + accounts.half_open;
  return {
    health: stopped > 0 ? 'down' : failed > 0 || accounts.closed > 0 ? 'troubled' : 'ok',
    breakers: { open: accounts.open, halfOpen: accounts.half_open, troubled: accounts.closed },
    recentCalls: { minutes: RECENT_MINUTES, answered, failed },
    lastAnsweredAt: recent?.lastAnsweredAt ?? null,
  };
}
