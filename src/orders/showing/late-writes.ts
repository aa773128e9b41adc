import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transactions.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import type { Order } from '../domain/order.js';
import { isFinal } from '../domain/order-status.js';
import { removeFromTracking, reportJobOf, reportProgress } from '../jobs.js';
import { OpportunityTags } from '../opportunity-tags.js';

/**
 * Puts right what the applicant tracking system was told of an order that others changed meanwhile: a call waits for its
 * turn and its answer, and a process may stand still for longer than a job is its own.
 */
@Injectable()
export class LateWrites {
  constructor(
    private readonly tags: OpportunityTags,
    private readonly jobs: JobQueue,
  ) {}

  /** What was put there of an order that nothing is to stay of is removed, too (A3). */
  async removeAgain(tx: Transaction, { installationId, id, removalAskedAt }: Order): Promise<void> {
    if (removalAskedAt === null) return;
    await this.jobs.send(tx, removeFromTracking, { installationId, orderId: id });
  }

  /**
   * After tags were put there for the order as it was read: it is shown again where it has moved on (or removed again,
   * where that is that it was erased), and so is another that the opportunity has become, whose tags these are not.
   * @param tags all that may be on the opportunity by it
   */
  async showAgain(tx: Transaction, asRead: Order, current: Order, tags: readonly string[]): Promise<void> {
    if (current.sequence !== asRead.sequence) {
      await this.jobs.send(tx, reportProgress, reportJobOf(current));
    }
    if (isFinal(current.status)) await this.showOther(tx, current, tags);
  }

  /** Has the other order shown whose the opportunity's tags are. False: they are this one's. */
  async showOther(tx: Transaction, order: Order, tags: readonly string[]): Promise<boolean> {
    const shown = await this.tags.rememberOfShown(tx, order, tags);
    if (shown) await this.jobs.send(tx, reportProgress, reportJobOf(shown));
    return shown !== null;
  }
}
