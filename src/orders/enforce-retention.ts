import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { EraseOrder } from './erase-order.js';
import { enforceRetention } from './jobs.js';
import { OrderRaceLost, type OrderKey } from './order-book.js';

const ACTOR = `job:${enforceRetention.name}`;
const EVERY_SECONDS = 3_600;
const DAY_MS = 24 * 3_600 * 1_000;
const BATCH = 200;

/** Erases orders whose end, and whose latest result, is longer ago than the retention time (A3). */
@Handles(enforceRetention)
@Injectable()
export class EnforceRetention implements JobHandler<object>, OnApplicationBootstrap {
  private readonly logger = new Logger(EnforceRetention.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly eraseOrder: EraseOrder,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(enforceRetention, {}, EVERY_SECONDS);
  }

  async handle(): Promise<void> {
    const since = new Date(this.clock.now().getTime() - this.config.orders.retentionDays * DAY_MS);
    let due: OrderKey[];
    do {
      due = await this.due(since);
      const erased: boolean[] = [];
      for (const key of due) erased.push(await this.erase(key));
      // What could not be erased now is tried again in the next round, and not forever in this one.
      if (!erased.includes(true)) return;
    } while (due.length === BATCH);
  }

  private async due(since: Date): Promise<OrderKey[]> {
    return this.dataSource.query<OrderKey[]>(
      `SELECT installation_id AS "installationId", id AS "orderId" FROM orders
       WHERE ended_at < $1 AND (completed_at IS NULL OR completed_at < $1)
         AND erased_at IS NULL AND legal_hold_reason IS NULL
       ORDER BY ended_at LIMIT ${BATCH}`,
      [since],
    );
  }

  private async erase(key: OrderKey): Promise<boolean> {
    try {
      await this.eraseOrder.run(ACTOR, key, 'retention', { removeFromLever: false });
      return true;
    } catch (error) {
      // Held, or moved on, since it was found.
      if (!(error instanceof DomainError) && !(error instanceof OrderRaceLost)) throw error;
      this.logger.warn({ orderId: key.orderId }, 'an order was not erased');
      return false;
    }
  }
}
