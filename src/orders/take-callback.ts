import { Injectable } from '@nestjs/common';
import { Transactions } from '../platform/database/transactions.js';
import { Handles, type JobHandler, type JobRun } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { EVERY_INSTALLATION, Inbox } from '../platform/webhooks/inbox.js';
import type { Order } from './domain/order.js';
import { refreshOrder, takeCallback, type TakeCallbackJob } from './jobs.js';
import { OrderBook } from './order-book.js';

/** The callback may have overtaken the answer to the submission it is about. */
class OrderNotKnownYet extends Error {
  override readonly name = 'OrderNotKnownYet';
}

/** How often an order is looked for before the callback is ignored; over about a minute. */
const LOOKS = 7;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Finds the order that a callback is about and has it read again; what the callback says is only a hint (V2). */
@Handles(takeCallback)
@Injectable()
export class TakeCallback implements JobHandler<TakeCallbackJob> {
  constructor(
    private readonly book: OrderBook,
    private readonly inbox: Inbox,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
  ) {}

  async handle(ref: TakeCallbackJob, { attempt }: JobRun): Promise<void> {
    const delivery = await this.transactions.run((tx) => this.inbox.find(ref, tx));
    if (!delivery || delivery.outcome !== 'queued') return;
    const order = await this.orderOf(ref.installationId, delivery.facts);
    if (!order && attempt < LOOKS) throw new OrderNotKnownYet('no order of ours is known by that id yet');
    await this.transactions.run(async (tx) => {
      if (!order) {
        await this.inbox.settle(tx, ref, { outcome: 'ignored', reason: 'unknown_order' });
        return;
      }
      const { installationId, id: orderId } = order;
      await this.inbox.settle(tx, ref, { outcome: 'acted_on', orderId });
      await this.jobs.send(tx, refreshOrder, { installationId, orderId });
    });
  }

  private async orderOf(
    installationId: string,
    { orderGuid, externalIdentifier }: Record<string, string | null>,
  ): Promise<Order | null> {
    const ours = externalIdentifier && UUID.test(externalIdentifier) ? externalIdentifier : null;
    const order = await this.book.findByProvider(orderGuid ?? null, ours);
    if (!order || order.providerOrderGuid === null) return null;
    const isForeign = installationId !== EVERY_INSTALLATION && order.installationId !== installationId;
    return isForeign ? null : order;
  }
}
