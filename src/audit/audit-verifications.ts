import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Ids } from '../platform/ids.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { Measurements } from '../platform/metrics/measurements.js';
import { Metrics, SAME_EVERYWHERE } from '../platform/metrics/metrics.js';
import { SharedClock } from '../platform/shared-clock.js';
import { SharedWork } from '../platform/shared-work.js';
import { verifyAudit } from './jobs.js';
import { AuditVerifier, type Verification } from './verify-audit.js';

/**
 * Has the trail verified when somebody asks, and the whole now and then, by one replica, and tells of that last time (A2).
 * However many ask, a replica reads a chain once at a time.
 */
@Handles(verifyAudit)
@Injectable()
export class AuditVerifications implements JobHandler<object>, OnApplicationBootstrap {
  private readonly logger = new Logger(AuditVerifications.name);
  private readonly isWhole;
  private readonly verifiedAt;
  private readonly verifying;

  constructor(
    verifier: AuditVerifier,
    private readonly dataSource: DataSource,
    private readonly jobs: JobQueue,
    private readonly sharedClock: SharedClock,
    private readonly ids: Ids,
    @Inject(appConfig.KEY) private readonly config: Pick<AppConfig, 'audit'>,
    metrics: Metrics,
    measurements: Measurements,
  ) {
    this.verifying = new SharedWork((only: string | null) => verifier.verify(only));
    this.isWhole = metrics.gauge('audit_whole', {
      help: `Whether the audit trail was as it was written when it was last verified, 1 or 0. ${SAME_EVERYWHERE}`,
      labelNames: [],
    });
    this.verifiedAt = metrics.gauge('audit_verified_timestamp_seconds', {
      help: `When the audit trail was last verified from its beginning; 0: never. ${SAME_EVERYWHERE}`,
      labelNames: [],
    });
    measurements.add('audit', () => this.measure());
  }

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(verifyAudit, {}, this.config.audit.verifyHours * 3_600);
  }

  /** @param only the one installation that is to be verified; null for all and the service's own chain */
  verify(only: string | null): Promise<Verification> {
    return this.verifying.next(only);
  }

  async handle(): Promise<void> {
    const at = await this.sharedClock.now();
    const { ok, entries, checkpoints } = await this.verify(null);
    if (!ok) this.logger.error('the audit trail is not as it was written');
    await this.dataSource.query(
      'INSERT INTO audit_verifications (id, at, ok, entries, checkpoints) VALUES ($1, $2, $3, $4, $5)',
      [this.ids.next(), at, ok, entries, checkpoints],
    );
  }

  private async measure(): Promise<void> {
    const [last] = await this.dataSource.query<{ at: Date; ok: boolean }[]>(
      // One of a time to come was made by a clock that was ahead, and may be older than all others.
      `SELECT at, ok FROM audit_verifications WHERE at <= ${this.sharedClock.sql()} ORDER BY at DESC LIMIT 1`,
    );
    // Nothing is known against a trail that was not verified yet; that it was not is told by the time.
    this.isWhole.set(last?.ok === false ? 0 : 1);
    this.verifiedAt.set((last?.at.getTime() ?? 0) / 1_000);
  }
}
