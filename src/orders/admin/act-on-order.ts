import { Injectable } from '@nestjs/common';
import type { AuditAction } from '../../audit/audit-entry.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { refusalOfAct, STATUSES_FOR, type ActRefusal, type OrderAct } from '../domain/order-acts.js';
import type { AtVictig } from '../domain/order-event.js';
import { isFinal } from '../domain/order-status.js';
import type { Order } from '../domain/order.js';
import { hasRefusedTags } from '../domain/shown-tags.js';
import { attachReport, placeOrder, refreshOrder, reportJobOf, reportProgress } from '../jobs.js';
import { LostTags } from '../showing/lost-tags.js';
import { RefusedTags } from '../showing/refused-tags.js';
import { missingReport } from '../showing/result-notes.js';
import { OrderBook, type OrderKey } from '../order-book.js';
import { OUT_OF_TROUBLE } from '../order-trouble.js';
import { shownStatus } from './shown-status.js';

/** What a person asks for. */
export interface ActRequest {
  actor: string;
  key: OrderKey;
  /** The `sequence` of the order as that person saw it; undefined: whatever it is by now. */
  expected?: number | undefined;
  reason?: string | undefined;
}

const DONE: Record<OrderAct, string> = {
  refresh: 'refreshed',
  retry: 'retried',
  cancel: 'canceled',
  discard: 'discarded',
};

/** When it may be done whatever the status. */
const BESIDES: Partial<Record<OrderAct, string>> = {
  refresh: ', or while Lever has not taken its tags, or let old ones go',
  retry: ', or while Lever or VICTIG keep it from going on',
};

/** Does to an order what a person asks for, where its status allows it; each on record with who it was. */
@Injectable()
export class ActOnOrder {
  constructor(
    private readonly book: OrderBook,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly refused: RefusedTags,
    private readonly lost: LostTags,
  ) {}

  /**
   * Has it read at the provider, the tags put back that Lever did not take or that somebody took away, and those taken away
   * that Lever did not let go, and its report attached that is not.
   * @throws DomainError `wrong_status`, `not_at_victig`, `order_erased`, `stale_order`
   */
  async refresh(request: ActRequest): Promise<Order> {
    return this.act('refresh', request, async (tx, order) => {
      if (order.providerOrderGuid !== null) await this.jobs.hurry(tx, refreshOrder, keyOf(order));
      if (hasRefusedTags(order)) await this.refused.lookNow(tx, order);
      await this.lost.lookNow(tx, order);
      const report = missingReport(order);
      if (report !== null) await this.jobs.hurry(tx, attachReport, report);
      return this.asked(tx, request, order, { action: 'order.refresh_asked', data: {} });
    });
  }

  /** Has what is being retried tried at once. @throws DomainError `wrong_status`, `order_erased`, `stale_order` */
  async retry(request: ActRequest): Promise<Order> {
    return this.act('retry', request, async (tx, order) => {
      const { installationId, opportunityId, id: orderId } = order;
      if (order.providerOrderGuid !== null) await this.jobs.hurry(tx, refreshOrder, keyOf(order));
      else if (!isFinal(order.status)) {
        await this.jobs.hurry(tx, placeOrder, { installationId, opportunityId, orderId });
      }
      if (order.reportTrouble !== null) await this.jobs.hurry(tx, reportProgress, reportJobOf(order));
      return this.asked(tx, request, order, { action: 'order.retry_asked', data: {} });
    });
  }

  /**
   * Marks ours as canceled, for good (S4). The provider has no call for it: what it holds goes on there.
   * @throws DomainError `wrong_status`, `stale_order`
   */
  async cancel(request: ActRequest): Promise<Order> {
    return this.act('cancel', request, (tx, order) =>
      this.end(tx, request, order, { event: 'canceled_by_hand', reason: 'canceled_by_admin' }),
    );
  }

  /** Gives up an order in error: a new trigger may order again (T7). @throws DomainError `wrong_status`, `stale_order` */
  async discard(request: ActRequest): Promise<Order> {
    return this.act('discard', request, (tx, order) =>
      this.end(tx, request, order, { event: 'discarded', reason: 'discarded' }),
    );
  }

  private async act(
    act: OrderAct,
    { key, expected }: ActRequest,
    work: (tx: Transaction, order: Order) => Promise<Order>,
  ): Promise<Order> {
    return this.transactions.run(async (tx) => {
      const order = await this.book.lock(tx, key, expected);
      const refusal = refusalOfAct(act, order);
      if (refusal !== null) throw refused(act, refusal, order);
      return work(tx, order);
    });
  }

  private async end(
    tx: Transaction,
    { actor, reason: given }: ActRequest,
    order: Order,
    end: { event: 'canceled_by_hand' | 'discarded'; reason: string },
  ): Promise<Order> {
    const { installationId, opportunityId, id: orderId } = order;
    const atVictig = whetherAtVictig(order);
    const reason = given ?? null;
    return this.book.stepIn(tx, actor, order, {
      event: { kind: end.event, data: { atVictig, reason } },
      moveTo: 'canceled',
      reason: end.reason,
      // What could not be read at the provider is still to be read: its results are told in the timeline (S4).
      patch: atVictig === 'yes' ? {} : OUT_OF_TROUBLE,
      audit: {
        action: end.event === 'discarded' ? 'order.discarded' : 'order.canceled',
        data: { atVictig, reason },
      },
      also: async (tx) => {
        await this.jobs.send(tx, reportProgress, reportJobOf(order));
        // What became of a submission without an answer is still to be found out, and told.
        if (atVictig === 'unknown') {
          await this.jobs.hurry(tx, placeOrder, { installationId, opportunityId, orderId });
        }
      },
    });
  }

  /** On record, and no step of the order: a job that is at it must not lose its race for having been hurried. */
  private async asked(
    tx: Transaction,
    { actor }: ActRequest,
    order: Order,
    action: AuditAction,
  ): Promise<Order> {
    await this.book.record(tx, actor, order, action);
    return order;
  }
}

export function whetherAtVictig(order: Pick<Order, 'providerOrderGuid' | 'submitStartedAt'>): AtVictig {
  if (order.providerOrderGuid !== null) return 'yes';
  return order.submitStartedAt === null ? 'no' : 'unknown';
}

const keyOf = ({ installationId, id: orderId }: Order): OrderKey => ({ installationId, orderId });

function refused(act: OrderAct, refusal: ActRefusal, order: Order): DomainError {
  const allowedStatuses = [...new Set(STATUSES_FOR[act].map(shownStatus))];
  return new DomainError('conflict', refusal, sentenceOf(act, refusal, order, allowedStatuses), {
    allowedStatuses,
  });
}

function sentenceOf(act: OrderAct, refusal: ActRefusal, order: Order, allowed: readonly string[]): string {
  if (refusal === 'order_erased') return 'The order was erased: nothing of it is taken in or shown any more.';
  if (refusal === 'not_at_victig') return 'The order was never placed at VICTIG: there is nothing to read.';
  return `The order is ${shownStatus(order.status)} and cannot be ${DONE[act]}: an order can be while it is ${allowed.join(', ')}${BESIDES[act] ?? ''}.`;
}
