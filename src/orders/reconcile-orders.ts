import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Transactions } from '../platform/database/transactions.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { reconcileOrders, refreshOrder } from './jobs.js';
import { OrderBook } from './order-book.js';

const DAY_SECONDS = 86_400;
const BUDGET_SHARE = 0.5;

/** Has orders read again that nobody asked about for a while: callbacks may be lost, and some moves have none (V3). */
@Handles(reconcileOrders)
@Injectable()
export class ReconcileOrders implements JobHandler<object>, OnApplicationBootstrap {
  constructor(
    private readonly book: OrderBook,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(reconcileOrders, {}, this.config.orders.reconcileIntervalSeconds);
  }

  async handle(): Promise<void> {
    const intervalSeconds = this.config.orders.reconcileIntervalSeconds;
    const since = new Date(this.clock.now().getTime() - intervalSeconds * 1_000);
    await this.transactions.run(async (tx) => {
      const unasked = await this.book.takeUnasked(tx, since, this.callsEachRound(intervalSeconds));
      for (const order of unasked) await this.jobs.send(tx, refreshOrder, order);
    });
  }

  /** Polling may use half of the provider's daily calls; the rest is for new orders and callbacks. */
  private callsEachRound(intervalSeconds: number): number {
    const perDay = this.config.victig.requestsPerDay * BUDGET_SHARE;
    return Math.max(1, Math.floor((perDay * intervalSeconds) / DAY_SECONDS));
  }
}
