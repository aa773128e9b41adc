import { Injectable } from '@nestjs/common';
import { withdrawalNote, type WithdrawalReason } from '../../mapping/refusals.js';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { runsUntold } from '../domain/withdrawal.js';
import { reportJobOf, reportProgress } from '../jobs.js';
import { OrderBook, type OrderKey } from '../order-book.js';

/**
 * Writes down, once, that a check goes on at the provider without its candidate, and that only the provider can stop
 * it; the note that says the same follows by `report-progress` (T7).
 */
@Injectable()
export class TellOfWithdrawal {
  constructor(
    private readonly book: OrderBook,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  /** @param also what else is written in the same transaction, e.g. what became of the delivery that said so */
  async run(
    actor: string,
    key: OrderKey,
    reason: WithdrawalReason,
    also: (tx: Transaction) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    await this.transactions.run(async (tx) => {
      await also(tx);
      const order = await this.book.lock(tx, key);
      // By now it may have come to its end, or another replica may have told.
      if (!runsUntold(order)) return;
      const message = withdrawalNote(reason, order.fileNumber);
      await this.book.stepIn(tx, actor, order, {
        event: { kind: 'runs_without_candidate', data: { reason, message } },
        patch: { withdrawnReason: reason, withdrawnAt: this.clock.now() },
        audit: { action: 'order.runs_without_candidate', data: { reason } },
        also: () => this.jobs.send(tx, reportProgress, reportJobOf(order)),
      });
    });
  }
}
