import { Inject, Injectable } from '@nestjs/common';
import { NotConnected } from '../installations/vendor-credentials.js';
import { InstallationDirectory } from '../installations/installation-directory.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { SealBroken } from '../platform/crypto/key-ring.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { UpstreamError, type UpstreamFailure } from '../platform/errors/upstream-error.js';
import { DAY_USED_UP, HELD_BACK, VENDOR_PAUSE } from '../platform/http/paced-client.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { isFinal } from './domain/order-status.js';
import type { Order } from './domain/order.js';
import { reportJobOf, reportProgress, showError } from './jobs.js';
import { OrderBook, type OrderKey } from './order-book.js';
import { NOT_CERTIFIED } from './ports/screening-provider.js';

/** Columns that say an order is out of trouble; patched with every step that a vendor's answer allowed. */
export const OUT_OF_TROUBLE = { trouble: null, troubleSince: null } as const;

/** Why an order has not gone on that is in no trouble: others of ours are before it. */
const WAITS_FOR_TURN = 'waits_for_turn';

/** Keeps track of failures that are being retried, and shows `Error` once they last too long (S3). */
@Injectable()
export class OrderTrouble {
  constructor(
    private readonly book: OrderBook,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
    private readonly installations: InstallationDirectory,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /** Failures of a vendor count, and data that cannot be opened; a race that was lost or a fault of ours is no trouble. */
  async note(actor: string, key: Pick<Order, 'installationId' | 'id'>, error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (failure === null) return this.noteTurn(actor, key, error);
    const order = await this.book.find({ installationId: key.installationId, orderId: key.id });
    if (!order || order.erasedAt !== null) return;
    // One that ended at the provider is read for what may come later. Its trouble is kept, but it stays what it is (S4).
    if (isFinal(order.status) && order.providerOrderGuid === null) return;
    const since = order.troubleSince ?? this.clock.now();
    if (order.trouble === null || !isSameTrouble(order.trouble, failure.failure)) {
      await this.book.step(actor, order, {
        event: { kind: 'trouble', data: failure },
        patch: { trouble: failure.failure, troubleSince: since, ...reasonNow(order, failure.failure) },
        also: (tx) => this.showInTime(tx, order, since),
      });
    }
    if (mayShowError(order) && this.dueAt(since) <= this.clock.now()) {
      await this.showError(actor, key, failure.failure);
    }
  }

  /** Shows the `Error` of a trouble that has lasted too long by now, whenever it is tried next. */
  async showIfDue(actor: string, key: OrderKey): Promise<void> {
    const order = await this.book.find(key);
    if (order === null || order.trouble === null || order.troubleSince === null) return;
    if (!mayShowError(order)) return;
    const { trouble, troubleSince } = order;
    if (this.dueAt(troubleSince) > this.clock.now()) {
      // A later trouble than the one that it was sent for.
      await this.transactions.run((tx) => this.showInTime(tx, order, troubleSince));
      return;
    }
    // Nothing is placed meanwhile, and its candidate is not to hear of it.
    if (order.providerOrderGuid === null && (await this.isPaused(order))) return;
    await this.showError(actor, order, trouble);
  }

  private async isPaused({ installationId }: Order): Promise<boolean> {
    const installation = await this.installations.find(installationId);
    return installation?.state !== 'active' && installation?.state !== 'disconnected';
  }

  /** Who is asked to wait for an hour is tried again in an hour; people are to see that long before. */
  private async showInTime(tx: Transaction, order: Order, since: Date): Promise<void> {
    const startAfter = this.dueAt(since);
    if (!mayShowError(order) || startAfter <= this.clock.now()) return;
    const { installationId, id: orderId } = order;
    await this.jobs.hurry(tx, showError, { installationId, orderId }, { startAfter });
  }

  private dueAt(since: Date): Date {
    return new Date(since.getTime() + this.config.orders.errorAfterSeconds * 1_000);
  }

  /** A backlog is no failure (F3), but who looks at an order that has waited in it for long is to be told so, once. */
  private async noteTurn(
    actor: string,
    { installationId, id }: Pick<Order, 'installationId' | 'id'>,
    error: unknown,
  ): Promise<void> {
    if (!isTurn(error)) return;
    const order = await this.book.find({ installationId, orderId: id });
    if (order?.status !== 'received' && order?.status !== 'submitting') return;
    if (order.statusReason !== null || this.dueAt(order.createdAt) > this.clock.now()) return;
    await this.book.step(actor, order, {
      event: { kind: WAITS_FOR_TURN, data: { vendor: error.details.vendor } },
      patch: { statusReason: WAITS_FOR_TURN },
    });
  }

  private async showError(
    actor: string,
    key: Pick<Order, 'installationId' | 'id'>,
    failure: string,
  ): Promise<void> {
    const { installationId, id: orderId } = key;
    const order = await this.book.find({ installationId, orderId });
    if (!order || !mayShowError(order)) return;
    await this.book.step(actor, order, {
      event: { kind: 'error_shown', data: { failure } },
      moveTo: 'error',
      reason: failure,
      also: (tx) => this.jobs.send(tx, reportProgress, reportJobOf(order)),
    });
  }
}

/** Null for what is no trouble of an order: a race that was lost, a fault of ours, a turn that is waited for. */
export function failureOf(error: unknown): { failure: string; message: string } | null {
  // Waiting its turn in a backlog of ours is no trouble; that the vendor asked for a pause is.
  if (isTurn(error)) return null;
  if (error instanceof UpstreamError && error.details.code === NOT_CERTIFIED) {
    return { failure: error.failure, message: 'no certification of permissible purpose is recorded' };
  }
  if (error instanceof UpstreamError) return { failure: error.failure, message: messageOf(error) };
  if (error instanceof NotConnected) return { failure: 'unauthorized', message: error.message };
  if (error instanceof SealBroken) {
    return { failure: 'unreadable', message: `what is kept of the order cannot be opened: ${error.message}` };
  }
  return null;
}

/** One of these often follows another while a vendor is down, and none needs a person. */
const PASSING: ReadonlySet<string> = new Set([
  'unreachable',
  'timed_out',
  'rate_limited',
  'unavailable',
  'malformed',
] satisfies UpstreamFailure[]);

/** Whether who is told of the one knows what there is to know of the other. */
const isSameTrouble = (known: string, failure: string): boolean =>
  known === failure || (PASSING.has(known) && PASSING.has(failure));

/** One that shows `Error` for its trouble shows it for the trouble of now; VICTIG's own error stays what it is (S4). */
const reasonNow = (
  { status, statusReason, trouble }: Order,
  failure: string,
): Pick<Partial<Order>, 'statusReason'> =>
  status === 'error' && trouble !== null && statusReason === trouble ? { statusReason: failure } : {};

const mayShowError = ({ status, erasedAt }: Order): boolean =>
  erasedAt === null && !isFinal(status) && status !== 'error';

const isTurn = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && error.details.code === HELD_BACK;

/** A call that was never made has no answer to tell of. */
function messageOf({ message, details: { vendor, fate, code } }: UpstreamError): string {
  if (fate === 'not_sent' && code === VENDOR_PAUSE) return `${vendor} asked for a pause, and is not called`;
  if (fate === 'not_sent' && code === DAY_USED_UP) return `the calls of the day to ${vendor} are used up`;
  return message;
}
