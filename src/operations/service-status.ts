import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { ServiceDataSource } from '../platform/database/service-data-source.js';
import { Breakers, type BreakerSnapshot } from '../platform/http/breakers.js';
import { ServicePause } from '../platform/pause/service-pause.js';
import { JOB_CONNECTIONS, PgBossJobs } from '../platform/jobs/pg-boss-jobs.js';
import { REPLICA } from '../platform/replica.js';
import { VERSION } from '../platform/version.js';
import type {
  BudgetDto,
  ReplicaDto,
  ServiceStatusDto,
  VendorStatusDto,
  VersionsDto,
} from './service-status.dto.js';

/** What is called recent. */
const RECENT_MINUTES = 15;

/** Accounts that called most come first; more are shown to nobody. */
const MOST_BUDGETS = 100;

interface RecentCalls {
  vendor: string;
  answered: number;
  unauthorized: number;
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
    private readonly jobs: PgBossJobs,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /** @param only the one installation that may be known of; null for all */
  async read(only: string | null): Promise<ServiceStatusDto> {
    const recent = await this.recentCalls(only);
    // Other customers' accounts are nobody else's business: who may know of one goes by the calls made for it.
    const snapshot = only === null ? this.breakers.snapshot() : [];
    const running = await this.listReplicas();
    return {
      version: VERSION,
      versions: await this.versions(),
      replica: REPLICA,
      replicas: running?.length ?? null,
      running,
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
      `SELECT vendor, count(*) FILTER (WHERE well)::int AS answered, count(*) FILTER (WHERE NOT well)::int AS failed,
         count(*) FILTER (WHERE outcome = 'unauthorized')::int AS unauthorized, max(at) FILTER (WHERE well) AS "lastAnsweredAt"
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
  private async listReplicas(): Promise<ReplicaDto[] | null> {
    if (!(this.dataSource instanceof ServiceDataSource)) return null;
    if (this.dataSource.place.kind === 'embedded') return [{ replica: REPLICA, version: VERSION }];
    const rows = await this.dataSource.query<{ name: string }[]>(
      `SELECT DISTINCT application_name AS name FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE $1 ORDER BY name`,
      [`${JOB_CONNECTIONS}%`],
    );
    const replicas = rows.map(({ name }) => {
      const [replica = '', ...version] = name.slice(JOB_CONNECTIONS.length).split('-');
      return { replica, version: version.join('-') };
    });
    return replicas.length === 0 ? null : replicas;
  }

  private async versions(): Promise<VersionsDto> {
    const [row] = await this.dataSource.query<{ database: string; schema: string }[]>(
      `SELECT current_setting('server_version') AS database,
         (SELECT name FROM migrations ORDER BY id DESC LIMIT 1) AS schema`,
    );
    return {
      node: process.versions.node,
      database: row?.database ?? '',
      schema: row?.schema ?? '',
      queue: await this.jobs.schemaVersion(),
    };
  }
}

function healthOf(
  snapshot: BreakerSnapshot | undefined,
  recent: RecentCalls | undefined,
): Omit<VendorStatusDto, 'vendor' | 'limits'> {
  const accounts = snapshot?.accounts ?? { closed: 0, open: 0, half_open: 0 };
  const answered = recent?.answered ?? 0;
  const unauthorized = recent?.unauthorized ?? 0;
  const failed = recent?.failed ?? 0;
  const stopped = accounts.open + accounts.half_open;
  return {
    health: stopped > 0 ? 'down' : failed + unauthorized > 0 || accounts.closed > 0 ? 'troubled' : 'ok',
    breakers: { open: accounts.open, halfOpen: accounts.half_open, troubled: accounts.closed },
    recentCalls: { minutes: RECENT_MINUTES, answered, unauthorized, failed },
    lastAnsweredAt: recent?.lastAnsweredAt ?? null,
  };
}
