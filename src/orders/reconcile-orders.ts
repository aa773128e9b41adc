import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { NotConnected } from '../installations/vendor-credentials.js';
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
  listingToRead,
  LONGEST_SILENCE_MS,
  isPollDue,
} from './domain/follow-listed.js';
import {
  FollowedOrders,
  type FollowedClient,
  type OpenOrder,
  type Silence,
  type SilentOrder,
} from './followed-orders.js';
import { reconcileOrders, refreshOrder } from './jobs.js';
import { OrderRaceLost } from './order-book.js';
import { OrderTrouble } from './order-trouble.js';
import { ScreeningProvider, type ListedOrder } from './ports/screening-provider.js';
import { installationsOf, SharedClients } from './shared-clients.js';

const ACTOR = `job:${reconcileOrders.name}`;

const DAY_SECONDS = 86_400;

/** Of the provider's calls of the day, for orders that are read one by one though nothing is known to have happened. */
const SHARE_FOR_SILENT = 0.5;

/** Orders that are told of, and then count as heard of. */
const TOLD_TOGETHER = 200;

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
    private readonly sharedClients: SharedClients,
    private readonly orders: FollowedOrders,
    private readonly trouble: OrderTrouble,
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
      const { clients, notConnected } = await this.sharedClients.of(await this.orders.clientsInUse());
      const accounts = Map.groupBy(clients, ({ account }) => account);
      // Each has its own limit at the provider: none waits for another, and none ends the round of the others.
      const rounds = await Promise.allSettled([
        ...[...accounts].map(([account, clients]) => this.reconcileAccount(account, clients)),
        ...notConnected.map((reason) => this.tellSilent([reason.installationId], reason)),
      ]);
      const failed = rounds.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    });
  }

  private async reconcileAccount(account: string, clients: readonly FollowedClient[]): Promise<void> {
    const polledAt = await this.orders.polledAt(account);
    const installationIds = [...new Set(clients.flatMap(installationsOf))];
    for (const client of clients) {
      const failure = await this.tryList(client, polledAt.get(client.clientGuid));
      // Our own limit speaks: what is left of the day is for orders, not for looking.
      if (failure?.details.fate === 'not_sent' && failure.failure === 'rate_limited') return;
      if (failure && isTokenRefused(failure)) return this.tellSilent(installationIds, failure);
      if (failure && isOfTheAccount(failure)) break;
    }
    await this.readSilent(installationIds);
  }

  private async tryList(client: FollowedClient, polledAt: Date | undefined): Promise<UpstreamError | null> {
    const now = this.clock.now();
    try {
      if (!(await this.isDue(client, polledAt, now))) return null;
      await this.list(client, now);
      await this.orders.polled(client, now);
      return null;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      // What is the matter with this client alone is no reason to ask for it in each round.
      if (!isOfTheAccount(error)) await this.orders.polled(client, now);
      this.logger.warn(
        { clientGuid: client.clientGuid, reason: reasonOf(error) },
        'a list of orders was not read',
      );
      return error;
    }
  }

  private async isDue(client: FollowedClient, polledAt: Date | undefined, now: Date): Promise<boolean> {
    if (!client.uses.some(({ hasOpen }) => hasOpen)) return false;
    if (polledAt === undefined) return true;
    const latestNewsAt = await this.orders.latestNewsOf(client);
    const baseMs = this.config.orders.reconcileIntervalSeconds * 1_000;
    return latestNewsAt !== null && isPollDue(polledAt, latestNewsAt, now, baseMs);
  }

  private async list(client: FollowedClient, now: Date): Promise<void> {
    const [{ installationId: asker }] = client.uses;
    let unseen: Map<string, OpenOrder> | undefined;
    let foundOnLast = 0;
    for (let page = 0; isPageWorthIt(page, foundOnLast); page++) {
      const { orders, hasNext } = await this.provider.listOrders(asker, client.clientGuid, page);
      await this.takePage(client, orders, now);
      if (!hasNext) break;
      // Not before it matters whether to read on: a client may have thousands, and one page or a refusal for an answer.
      unseen ??= await this.orders.openOf(client);
      foundOnLast = takeOut(unseen, orders);
      if (unseen.size === 0 || isPast(orders, [...unseen.values()])) break;
    }
  }

  /** Orders that ended are on the page too: a reopened report is noticed for free. */
  private async takePage(client: FollowedClient, page: readonly ListedOrder[], now: Date): Promise<void> {
    const byGuid = new Map(page.map((listed) => [listed.orderGuid, listed]));
    if (byGuid.size === 0) return;
    await this.transactions.run(async (tx) => {
      const known = await this.orders.byProvider(tx, installationsOf(client), [...byGuid.keys()]);
      const toBeRead = known.flatMap((order) => {
        const listed = byGuid.get(order.providerOrderGuid ?? '');
        if (!listed || !isToBeRead(order, listed, now)) return [];
        return [{ installationId: order.installationId, orderId: order.id, listedAs: listingToRead(listed) }];
      });
      await this.orders.keepListings(tx, toBeRead);
      // One that was found by an earlier round and not yet read is not to be read twice.
      await this.jobs.sendMissing(
        tx,
        refreshOrder,
        toBeRead.map(({ installationId, orderId }) => ({ installationId, orderId, listed: true })),
      );
      await this.orders.heardOf(tx, known);
    });
  }

  private async readSilent(installationIds: readonly string[]): Promise<void> {
    await this.transactions.run(async (tx) => {
      const silent = await this.orders.silent(tx, installationIds, this.silence(), this.silentEachRound());
      await this.orders.heardOf(tx, silent);
      await this.jobs.sendMissing(
        tx,
        refreshOrder,
        silent.map(({ installationId, id: orderId }) => ({ installationId, orderId, polling: true })),
      );
    });
  }

  /**
   * What the account was answered holds for each of its orders: to read them would be as many calls in vain (F3). To tell
   * so costs none, so that all are told of in time, however many there are (S3).
   */
  private async tellSilent(
    installationIds: readonly string[],
    refused: UpstreamError | NotConnected,
  ): Promise<void> {
    const silence = this.silence();
    let silent: SilentOrder[];
    do {
      silent = await this.transactions.run((tx) =>
        this.orders.silent(tx, installationIds, silence, TOLD_TOGETHER),
      );
      for (const order of silent) await this.tell(order, refused);
      await this.transactions.run((tx) => this.orders.heardOf(tx, silent));
    } while (silent.length === TOLD_TOGETHER);
  }

  private async tell(order: SilentOrder, refused: UpstreamError | NotConnected): Promise<void> {
    try {
      await this.trouble.note(ACTOR, order, refused);
    } catch (error) {
      // There is news of it.
      if (!(error instanceof OrderRaceLost)) throw error;
    }
  }

  private silence(): Silence {
    const nowMs = this.clock.now().getTime();
    const intervalMs = this.config.orders.reconcileIntervalSeconds * 1_000;
    return {
      silentSince: new Date(nowMs - Math.max(intervalMs, LONGEST_SILENCE_MS - intervalMs)),
      troubledSince: new Date(nowMs - intervalMs),
      aheadSince: new Date(nowMs + intervalMs),
    };
  }

  private silentEachRound(): number {
    const perDay = this.config.victig.requestsPerDay * SHARE_FOR_SILENT;
    return Math.max(1, Math.floor((perDay * this.config.orders.reconcileIntervalSeconds) / DAY_SECONDS));
  }
}

/** A 403 may be the answer to this one client, and not to the token. */
const isTokenRefused = ({ failure, details }: UpstreamError): boolean =>
  failure === 'unauthorized' && details.status !== 403;

const isOfTheAccount = (error: UpstreamError): boolean =>
  OF_THE_ACCOUNT.has(error.failure) || isTokenRefused(error);

/** Answers how many of the page's orders were among them. */
const takeOut = (unseen: Map<string, OpenOrder>, page: readonly ListedOrder[]): number =>
  page.filter(({ orderGuid }) => unseen.delete(orderGuid)).length;
