import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { appConfig, type AppConfig } from '../../platform/config/app-config.js';
import { GroupRead } from '../../platform/database/group-read.js';
import { Transactions } from '../../platform/database/transactions.js';
import { reasonOf } from '../../platform/errors/describe-error.js';
import { UpstreamError, type UpstreamFailure } from '../../platform/errors/upstream-error.js';
import { withPriority } from '../../platform/http/call-priority.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { DuplicateOrders } from '../placing/duplicate-orders.js';
import {
  isConfirmed,
  isPageWorthIt,
  isPast,
  isPollDue,
  isToBeLookedUp,
  isToBeRead,
  listingToRead,
} from '../domain/follow-listed.js';
import type { Order } from '../domain/order.js';
import { FollowedOrders, type FollowedClient, type OpenOrder } from './followed-orders.js';
import { placeOrder, reconcileAccount, refreshOrder, type ReconcileAccountJob } from '../jobs.js';
import { ScreeningProvider, type ListedOrder, type OrderListPage } from '../ports/screening-provider.js';
import { installationsOf, SharedClients } from '../placing/shared-clients.js';
import { silenceAt, SilentOrders } from './silent-orders.js';

const ACTOR = `job:${reconcileAccount.name}`;

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

/** As it was when the account's part of the round began. */
interface KnownOfClient {
  /** When its list was last asked for. */
  polledAt: Date | undefined;
  /** When any of its open orders last had news. */
  latestNewsAt: Date | undefined;
}

/**
 * Finds what callbacks missed (V3): reads the lists of orders of each of an account's clients in use and has those orders
 * read that changed, and those that no list told of for too long. Why it is built so: docs/adr/0008 and 0037.
 */
@Handles(reconcileAccount)
@Injectable()
export class ReconcileAccount implements JobHandler<ReconcileAccountJob> {
  private readonly logger = new Logger(ReconcileAccount.name);
  private readonly clientsInUse: GroupRead<string, FollowedClient[]>;

  constructor(
    private readonly provider: ScreeningProvider,
    sharedClients: SharedClients,
    private readonly orders: FollowedOrders,
    private readonly duplicates: DuplicateOrders,
    private readonly silentOrders: SilentOrders,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {
    // A round has many accounts begin at the same time.
    this.clientsInUse = new GroupRead(async (accounts) => {
      const { clients } = await sharedClients.of(await orders.clientsInUse());
      const byAccount = Map.groupBy(clients, ({ account }) => account);
      return accounts.map((account, place) => [place, byAccount.get(account) ?? []]);
    });
  }

  /** The queue runs one for each account at a time, on whichever replica (V3). */
  async handle({ account }: ReconcileAccountJob): Promise<void> {
    const clients = (await this.clientsInUse.find(account)) ?? [];
    await withPriority('polling', () => this.reconcile(account, clients));
  }

  private async reconcile(account: string, clients: readonly FollowedClient[]): Promise<void> {
    const [polledAt, latestNewsAt] = await Promise.all([
      this.orders.polledAt(account),
      this.orders.latestNewsOf(clients),
    ]);
    const installationIds = [...new Set(clients.flatMap(installationsOf))];
    for (const client of clients) {
      const { clientGuid } = client;
      const failure = await this.tryList(client, {
        polledAt: polledAt.get(clientGuid),
        latestNewsAt: latestNewsAt.get(clientGuid),
      });
      // Our own limit speaks: what is left of the day is for orders, not for looking.
      if (failure?.details.fate === 'not_sent' && failure.failure === 'rate_limited') return;
      if (failure && isTokenRefused(failure)) return this.silentOrders.tell(ACTOR, installationIds, failure);
      if (failure && isOfTheAccount(failure)) break;
    }
    await this.readSilent(installationIds);
  }

  private async tryList(client: FollowedClient, known: KnownOfClient): Promise<UpstreamError | null> {
    const now = this.clock.now();
    try {
      if (!this.isDue(client, known, now)) return null;
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

  private isDue({ uses }: FollowedClient, { polledAt, latestNewsAt }: KnownOfClient, now: Date): boolean {
    const lost = uses.flatMap(({ lostAt }) => lostAt ?? []);
    if (lost.length === 0 && !uses.some(({ hasOpen }) => hasOpen)) return false;
    if (polledAt === undefined) return true;
    const baseMs = this.config.orders.reconcileIntervalSeconds * 1_000;
    // What was taken for lost is as likely to come true soon as news are to come after news.
    const news = latestNewsAt === undefined ? lost : [...lost, latestNewsAt];
    return news.some((newsAt) => isPollDue(polledAt, newsAt, now, baseMs));
  }

  private async list(client: FollowedClient, now: Date): Promise<void> {
    const [{ installationId: asker }] = client.uses;
    let unseen: Map<string, OpenOrder> | undefined;
    let foundOnLast = 0;
    let before: OrderListPage | undefined;
    for (let page = 0; isPageWorthIt(page, foundOnLast); page++) {
      before = await this.provider.listOrders(asker, client.clientGuid, page, before);
      const { orders, hasNext } = before;
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
    const byGuid = new Map(page.map((listed) => [keyOf(listed.orderGuid), listed]));
    if (byGuid.size === 0) return;
    const known = await this.transactions.run(async (tx) => {
      const known = await this.orders.byProvider(tx, installationsOf(client), [...byGuid.keys()]);
      const told = known.flatMap((order) => {
        const listed = byGuid.get(keyOf(order.providerOrderGuid));
        return listed ? [{ order, listed, isRead: isToBeRead(order, listed, now) }] : [];
      });
      const toBeRead = told.filter(({ isRead }) => isRead);
      await this.orders.keepListings(
        tx,
        toBeRead.map(({ order: { installationId, id: orderId, listedAs }, listed }) => ({
          installationId,
          orderId,
          listedAs: listingToRead(listed, listedAs),
        })),
      );
      // One that was found by an earlier round and not yet read is not to be read twice.
      await this.jobs.sendMissing(
        tx,
        refreshOrder,
        toBeRead.map(({ order: { installationId, id: orderId } }) => ({
          installationId,
          orderId,
          listed: true,
        })),
      );
      const heardOf = told.filter(({ order, listed, isRead }) => isRead || isConfirmed(order, listed));
      await this.orders.heardOf(
        tx,
        heardOf.map(({ order }) => order),
        this.clock.now(),
      );
      return known;
    });
    const followed = new Set(known.map(({ providerOrderGuid }) => keyOf(providerOrderGuid)));
    await this.tellOfDuplicates(
      client,
      page.filter(({ orderGuid }) => !followed.has(keyOf(orderGuid))),
    );
  }

  /** @param listed orders that none of ours is followed as; mostly they are nothing of ours */
  private async tellOfDuplicates(client: FollowedClient, listed: readonly ListedOrder[]): Promise<void> {
    const ids = listed.flatMap(({ orderId }) => orderId ?? []);
    const orders = await this.orders.byId(installationsOf(client), ids);
    for (const order of orders) {
      const ofIt = listed.filter(({ orderId }) => orderId === order.id);
      await this.lookUpIfEnded(order, ofIt);
      for (const each of ofIt) await this.duplicates.tellIfListed(ACTOR, order, each);
    }
  }

  /** Of several it is the newest that is looked up; once it is known the others are told of beside it. */
  private async lookUpIfEnded(order: Order, [listed]: readonly ListedOrder[]): Promise<void> {
    if (!listed || !isToBeLookedUp(order, listed)) return;
    const { installationId, opportunityId, id: orderId } = order;
    await this.transactions.run(async (tx) => {
      await this.orders.keepListings(tx, [{ installationId, orderId, listedAs: listingToRead(listed) }]);
      await this.jobs.send(tx, placeOrder, { installationId, opportunityId, orderId });
    });
  }

  private async readSilent(installationIds: readonly string[]): Promise<void> {
    const now = this.clock.now();
    const silence = silenceAt(now, this.config.orders.reconcileIntervalSeconds);
    await this.transactions.run(async (tx) => {
      const silent = await this.orders.silent(tx, installationIds, silence, this.silentEachRound());
      await this.orders.heardOf(tx, silent, now);
      await this.jobs.sendMissing(
        tx,
        refreshOrder,
        silent.map(({ installationId, id: orderId }) => ({ installationId, orderId, polling: true })),
      );
    });
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

/** A list may write a guid in other letters than the order's own answer. */
const keyOf = (orderGuid: string | null): string => orderGuid?.toLowerCase() ?? '';

/** Answers how many of the page's orders were among them. */
const takeOut = (unseen: Map<string, OpenOrder>, page: readonly ListedOrder[]): number =>
  page.filter(({ orderGuid }) => unseen.delete(keyOf(orderGuid))).length;
