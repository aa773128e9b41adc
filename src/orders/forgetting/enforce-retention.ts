import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { dueSince } from '../../installations/retention.js';
import { Clock } from '../../platform/clock.js';
import { appConfig, type AppConfig } from '../../platform/config/app-config.js';
import { isDatabaseAway } from '../../platform/database/database-away.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { SharedClock } from '../../platform/shared-clock.js';
import { EVERY_INSTALLATION } from '../../platform/webhooks/inbox.js';
import { EraseOrder } from './erase-order.js';
import { ForgetCalls } from './forget-calls.js';
import { ForgetDeliveries } from './forget-deliveries.js';
import { enforceRetention } from '../jobs.js';
import { OrderRaceLost, type OrderKey } from '../order-book.js';

const ACTOR = `job:${enforceRetention.name}`;
const EVERY_SECONDS = 3_600;
const BATCH = 200;

interface DueOrder extends OrderKey {
  endedAt: string;
}

/** Where the next ones are read from. */
type Place = Pick<DueOrder, 'endedAt' | 'orderId'>;

const START: Place = { endedAt: '-infinity', orderId: '00000000-0000-0000-0000-000000000000' };

/**
 * Erases orders whose end, and whose latest result, is longer ago than the retention time (A3), and removes records of
 * calls, and deliveries that came to nothing, that are older than it.
 */
@Handles(enforceRetention)
@Injectable()
export class EnforceRetention implements JobHandler<object>, OnApplicationBootstrap {
  private readonly logger = new Logger(EnforceRetention.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly eraseOrder: EraseOrder,
    private readonly forgetCalls: ForgetCalls,
    private readonly forgetDeliveries: ForgetDeliveries,
    private readonly directory: InstallationDirectory,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    private readonly sharedClock: SharedClock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(enforceRetention, {}, EVERY_SECONDS);
  }

  async handle(): Promise<void> {
    const installations = await this.dataSource.query<{ id: string }[]>('SELECT id FROM installations');
    const failures: unknown[] = [];
    for (const { id } of installations) {
      failures.push(...(await this.erase(id)));
      await this.forgetCalls.olderThan(id, await this.since(id));
      await this.forgetDeliveries.olderThan(id, await this.since(id));
    }
    await this.forgetDeliveries.olderThan(EVERY_INSTALLATION, await this.since(EVERY_INSTALLATION));
    // Whoever mends it is to hear of it, once all is done that could be.
    if (failures.length > 0) throw failures[0];
  }

  /** Read anew each time: a round can take long, and a retention time can be changed meanwhile. */
  private async since(installationId: string): Promise<Date> {
    const retention = await this.directory.retentionOf(installationId);
    return dueSince(retention, this.config.orders.retentionDays, await this.now());
  }

  /** What is erased is gone for good: a clock that is ahead, of a process or of the database, erases nothing before its time. */
  private async now(): Promise<Date> {
    const times = [this.clock.now(), await this.sharedClock.now()];
    return new Date(Math.min(...times.map((time) => time.getTime())));
  }

  /** Answers what kept orders from being erased, other than that they are not due any more. */
  private async erase(installationId: string): Promise<unknown[]> {
    const failures: unknown[] = [];
    let due: DueOrder[];
    let last: Place | undefined = START;
    do {
      due = await this.due(installationId, await this.since(installationId), last);
      for (const key of due) await this.eraseOne(key, failures);
      // Each is tried once: what could not be erased now is tried again in the next round, and keeps none behind it.
      last = due.at(-1);
    } while (last !== undefined && due.length === BATCH);
    return failures;
  }

  private async due(installationId: string, since: Date, after: Place): Promise<DueOrder[]> {
    return this.dataSource.query<DueOrder[]>(
      // As text, for a time of this process is less exact.
      `SELECT installation_id AS "installationId", id AS "orderId", ended_at::text AS "endedAt" FROM orders
       WHERE installation_id = $1 AND ended_at < $2 AND (completed_at IS NULL OR completed_at < $2)
         AND erased_at IS NULL AND legal_hold_reason IS NULL
         AND (ended_at, id) > ($3::timestamptz, $4::uuid)
       ORDER BY orders.ended_at, id LIMIT ${BATCH}`,
      [installationId, since, after.endedAt, after.orderId],
    );
  }

  private async eraseOne(key: OrderKey, failures: unknown[]): Promise<void> {
    try {
      if (await this.eraseOrder.runIfDue(ACTOR, key, await this.now())) return;
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      // Otherwise it was held, or moved on, since it was found. One that fails keeps none behind it.
      if (!(error instanceof DomainError) && !(error instanceof OrderRaceLost)) failures.push(error);
    }
    this.logger.warn({ orderId: key.orderId }, 'an order was not erased');
  }
}
