import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import type { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { Inbox } from '../../platform/webhooks/inbox.js';
import type { Order } from '../domain/order.js';
import { DuplicateOrders } from '../placing/duplicate-orders.js';
import { placeOrder, refreshOrder, takeCallback, type TakeCallbackJob } from '../jobs.js';
import { KeptCallbacks } from '../placing/kept-callbacks.js';
import { OrderBook } from '../order-book.js';
import { orderOfCallback } from './order-of-callback.js';

/** Longer than the answer to a submission takes to be found again, also after an outage of a night. */
const KEPT_MS = 24 * 3_600_000;

/** Until when a callback waits for its order to be known. */
export const keptUntil = ({ receivedAt }: Pick<Delivery, 'receivedAt'>): Date =>
  new Date(receivedAt.getTime() + KEPT_MS);

/**
 * Finds the order that a callback is about and has it read again; what the callback says is only a hint (V2). One
 * that overtook the answer to its order's submission is kept until `refresh-order` first sees that order.
 */
@Handles(takeCallback)
@Injectable()
export class TakeCallback implements JobHandler<TakeCallbackJob> {
  constructor(
    private readonly book: OrderBook,
    private readonly inbox: Inbox,
    private readonly kept: KeptCallbacks,
    private readonly duplicates: DuplicateOrders,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  async handle(ref: TakeCallbackJob): Promise<void> {
    const delivery = await this.inbox.find(ref);
    if (!delivery || delivery.outcome !== 'queued') return;
    const order = await orderOfCallback(this.book, delivery);
    if (order?.providerOrderGuid) return this.act(ref, delivery, order);
    const until = keptUntil(delivery);
    if (until <= this.clock.now()) {
      await this.transactions.run((tx) =>
        this.inbox.settle(tx, ref, { outcome: 'ignored', reason: 'unknown_order' }),
      );
      return;
    }
    await this.transactions.run(async (tx) => {
      await this.kept.keep(tx, ref);
      await this.jobs.send(tx, takeCallback, ref, { startAfter: until });
      if (order) await this.lookAgain(tx, order);
    });
    // Between the look and the keeping the order may have become known, and have been read without this callback.
    const known = await orderOfCallback(this.book, delivery);
    if (known?.providerOrderGuid) await this.act(ref, delivery, known);
  }

  /**
   * A submission that was taken for lost came true, it seems (V4). One that is under way needs no telling: what became
   * of it is being found out.
   */
  private async lookAgain(tx: Transaction, order: Order): Promise<void> {
    const { installationId, opportunityId, id: orderId, submitStartedAt } = order;
    if (submitStartedAt !== null) return;
    await this.jobs.send(tx, placeOrder, { installationId, opportunityId, orderId });
  }

  private async act(ref: TakeCallbackJob, { facts }: Delivery, order: Order): Promise<void> {
    const { installationId, id: orderId } = order;
    await this.duplicates.tellIfOne(order, facts['orderGuid'] ?? null);
    await this.transactions.run(async (tx) => {
      await this.inbox.settle(tx, ref, { outcome: 'acted_on', orderId });
      // One that waits reads the order after this, too; but the provider may have asked it to come back in an hour.
      await this.jobs.hurry(tx, refreshOrder, { installationId, orderId });
    });
  }
}
