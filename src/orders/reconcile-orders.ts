import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { NotConnected } from '../installations/vendor-credentials.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Transactions } from '../platform/database/transactions.js';
import { reasonOf } from '../platform/errors/describe-error.js';
import { UpstreamError, type UpstreamFailure } from '../platform/errors/upstream-error.js';
import { withPriority } from '../platform/http/call-priority.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import {
  isPageWorthIt,
  isPast,
  isToBeRead,
  listingOf,
  LONGEST_SILENCE_MS,
  isPollDue,
} from './domain/follow-listed.js';
import { FollowedOrders, type ClientOfAccount } from './followed-orders.js';
import { reconcileOrders, refreshOrder } from './jobs.js';
import { ScreeningProvider, type ListedOrder } from './ports/screening-provider.js';

const DAY_SECONDS = 86_400;

/** Of the provider's calls of the day, for orders that are read one by one though nothing is known to have happened. */
const SHARE_FOR_SILENT = 0.5;

/** Failures that the next client of the account will meet too. */
const OF_THE_ACCOUNT: ReadonlySet<UpstreamFailure> = new Set<UpstreamFailure>([
  'unreachable',
  'timed_out',
  'unavailable',
  'rate_limited',
]);

/**
 * Finds what callbacks missed (V3): reads the lists of orders of each client in use and has those orders read that
 * changed, and those that no list told of for too long. Why it is built so: docs/adr/0008.
 */
@Handles(reconcileOrders)
@Injectable()
export class ReconcileOrders implements JobHandler<object>, OnApplicationBootstrap {
  private readonly logger = new Logger(ReconcileOrders.name);

  constructor(
    private readonly provider: ScreeningProvider,
    private readonly orders: FollowedOrders,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(reconcileOrders, {}, this.config.orders.reconcileIntervalSeconds);
  }

  /** The queue runs one round at a time, on whichever replica (V3). */
  async handle(): Promise<void> {
    await withPriority('polling', async () => {
      const accounts = Map.groupBy(await this.clientsOfAccounts(), ({ account }) => account);
      // Each has its own limit at the provider: none waits for another.
      await Promise.all([...accounts.values()].map((clients) => this.reconcileAccount(clients)));
    });
  }

  /** Clients in use, each once for all installations of an account. */
  private async clientsOfAccounts(): Promise<ClientOfAccount[]> {
    const clients = new Map<string, ClientOfAccount>();
    const accountOf = new Map<string, string | null>();
    for (const { installationId, clientGuid } of await this.orders.clientsInUse()) {
      if (!accountOf.has(installationId)) accountOf.set(installationId, await this.accountOf(installationId));
      const account = accountOf.get(installationId) ?? null;
      if (account === null) continue;
      const key = `${account} ${clientGuid}`;
      const installationIds = [...(clients.get(key)?.installationIds ?? []), installationId];
      clients.set(key, { account, clientGuid, installationIds });
    }
    return [...clients.values()];
  }

  /** Null while the installation has no credentials: its orders wait for a person. */
  private async accountOf(installationId: string): Promise<string | null> {
    try {
      return await this.provider.accountOf(installationId);
    } catch (error) {
      if (error instanceof NotConnected) return null;
      throw error;
    }
  }

  private async reconcileAccount(clients: readonly ClientOfAccount[]): Promise<void> {
    for (const client of clients) {
      const failure = await this.tryList(client);
      // Our own limit speaks: what is left of the day is for orders, not for looking.
      if (failure?.details.fate === 'not_sent' && failure.failure === 'rate_limited') return;
      if (failure && OF_THE_ACCOUNT.has(failure.failure)) break;
    }
    await this.readSilent([...new Set(clients.flatMap(({ installationIds }) => installationIds))]);
  }

  private async tryList(client: ClientOfAccount): Promise<UpstreamError | null> {
    try {
      await this.listIfDue(client);
      return null;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      this.logger.warn(
        { clientGuid: client.clientGuid, reason: reasonOf(error) },
        'a list of orders was not read',
      );
      return error;
    }
  }

  private async listIfDue(client: ClientOfAccount): Promise<void> {
    const now = this.clock.now();
    const baseMs = this.config.orders.reconcileIntervalSeconds * 1_000;
    const open = await this.orders.openOf(client);
    if (open.length === 0) return;
    const latestNewsAt = new Date(Math.max(...open.map(({ updatedAt }) => updatedAt.getTime())));
    const polledAt = await this.orders.polledAt(client);
    if (polledAt && !isPollDue(polledAt, latestNewsAt, now, baseMs)) return;
    const unseen = new Map(open.map((order) => [order.providerOrderGuid, order]));
    let foundOnLast = 0;
    for (let page = 0; unseen.size > 0 && isPageWorthIt(page, foundOnLast); page++) {
      const [asker = ''] = client.installationIds;
      const { orders, hasNext } = await this.provider.listOrders(asker, client.clientGuid, page);
      await this.takePage(client, orders, now);
      foundOnLast = orders.filter(({ orderGuid }) => unseen.delete(orderGuid)).length;
      if (!hasNext || isPast(orders, [...unseen.values()])) break;
    }
    await this.orders.polled(client, now);
  }

  /** Orders that ended are on the page too: a reopened report is noticed for free. */
  private async takePage(
    { installationIds }: ClientOfAccount,
    page: readonly ListedOrder[],
    now: Date,
  ): Promise<void> {
    const byGuid = new Map(page.map((listed) => [listed.orderGuid, listed]));
    if (byGuid.size === 0) return;
    await this.transactions.run(async (tx) => {
      const known = await this.orders.byProvider(tx, installationIds, [...byGuid.keys()]);
      const toBeRead = known.flatMap((order) => {
        const listed = byGuid.get(order.providerOrderGuid ?? '');
        if (!listed || !isToBeRead(order, listed, now)) return [];
        return [{ installationId: order.installationId, orderId: order.id, listedAs: listingOf(listed) }];
      });
      // One that was found by an earlier round and not yet read is not to be read twice.
      await this.jobs.sendMissing(tx, refreshOrder, toBeRead);
      await this.orders.heardOf(tx, known);
    });
  }

  private async readSilent(installationIds: readonly string[]): Promise<void> {
    const nowMs = this.clock.now().getTime();
    const intervalMs = this.config.orders.reconcileIntervalSeconds * 1_000;
    const before = {
      silentSince: new Date(nowMs - Math.max(intervalMs, LONGEST_SILENCE_MS - intervalMs)),
      troubledSince: new Date(nowMs - intervalMs),
    };
    await this.transactions.run(async (tx) => {
      const silent = await this.orders.takeSilent(tx, installationIds, before, this.silentEachRound());
      await this.jobs.sendMissing(
        tx,
        refreshOrder,
        silent.map(({ installationId, orderId }) => ({ installationId, orderId, polling: true })),
      );
    });
  }

  private silentEachRound(): number {
    const perDay = this.config.victig.requestsPerDay * SHARE_FOR_SILENT;
    return Math.max(1, Math.floor((perDay * this.config.orders.reconcileIntervalSeconds) / DAY_SECONDS));
  }
}
