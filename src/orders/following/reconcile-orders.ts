import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { appConfig, type AppConfig } from '../../platform/config/app-config.js';
import { Transactions } from '../../platform/database/transactions.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { FollowedOrders } from './followed-orders.js';
import { reconcileAccount, reconcileOrders } from '../jobs.js';
import { SharedClients } from '../placing/shared-clients.js';
import { SilentOrders } from './silent-orders.js';

const ACTOR = `job:${reconcileOrders.name}`;

/**
 * Begins a round of looking for what callbacks missed (V3): a job for each account, for each has its own limit at the
 * provider and its own pace, and none waits for another. Why: docs/adr/0037.
 */
@Handles(reconcileOrders)
@Injectable()
export class ReconcileOrders implements JobHandler<object>, OnApplicationBootstrap {
  constructor(
    private readonly sharedClients: SharedClients,
    private readonly orders: FollowedOrders,
    private readonly silentOrders: SilentOrders,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(reconcileOrders, {}, this.config.orders.reconcileIntervalSeconds);
  }

  async handle(): Promise<void> {
    const { clients, notConnected } = await this.sharedClients.of(await this.orders.clientsInUse());
    const accounts = new Set(clients.map(({ account }) => account));
    // An account that takes longer than from round to round has one that waits, and no more.
    await this.transactions.run((tx) =>
      this.jobs.sendMissing(
        tx,
        reconcileAccount,
        [...accounts].map((account) => ({ account })),
      ),
    );
    // None keeps the others from being told.
    const told = await Promise.allSettled(
      notConnected.map((reason) => this.silentOrders.tell(ACTOR, [reason.installationId], reason)),
    );
    const failed = told.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }
}
