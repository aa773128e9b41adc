import { Inject, Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { dueSince, earliestErasure } from '../../installations/retention.js';
import { Clock } from '../../platform/clock.js';
import { appConfig, type AppConfig } from '../../platform/config/app-config.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { isFinal } from '../domain/order-status.js';
import type { Order } from '../domain/order.js';
import { removeFromTracking } from '../jobs.js';
import { OpportunityTags } from '../opportunity-tags.js';
import { OrderBook, type OrderKey } from '../order-book.js';
import { OrderRow } from '../order.entity.js';
import { OUT_OF_TROUBLE } from '../order-trouble.js';
import { OrderVault } from '../order-vault.js';
import { OUT_OF_REPORT_TROUBLE } from '../showing/report-trouble.js';

export type ErasureCause = 'request' | 'retention';

/**
 * What is told of the person or the result in the events of an order. References, and the tags that sources quote, may
 * hold whatever a recruiter wrote; tags of ours hold flag and decision.
 */
const TELLING: Record<string, readonly string[]> = {
  mapped: ['reference', 'sources'],
  observed: ['results'],
  results_taken: ['flagged', 'decision'],
  tags_set: ['added', 'removed', 'notAdded', 'notRemoved'],
};

/**
 * Destroys an order's key, so that candidate and report are unreadable wherever a copy of them may be, and blanks
 * what stood beside (A3). What was ordered, when, of which product and under which numbers, stays.
 */
@Injectable()
export class EraseOrder {
  constructor(
    private readonly book: OrderBook,
    private readonly vault: OrderVault,
    private readonly tags: OpportunityTags,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    private readonly directory: InstallationDirectory,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /**
   * On request. Safe to repeat; `removeFromLever` may be asked for later, too.
   * @throws DomainError `order_open`, `legal_hold`, `retention_floor`, `stale_order`
   */
  async run(
    actor: string,
    key: OrderKey,
    { removeFromLever, expected }: { removeFromLever: boolean; expected?: number | undefined },
  ): Promise<Order> {
    return this.transactions.run(async (tx) => {
      const order = await this.book.lock(tx, key, expected);
      demandErasable(order);
      if (order.erasedAt === null) await this.demandAge(tx, order);
      if (removeFromLever) await this.askRemoval(tx, order);
      if (order.erasedAt === null) return this.erase(tx, actor, order, 'request', removeFromLever);
      // Otherwise the entry of the erasure says so.
      if (removeFromLever) {
        await this.book.record(tx, actor, order, {
          action: 'order.removal_asked',
          data: { cause: 'request' },
        });
      }
      return order;
    });
  }

  /**
   * After the retention time, as it is now: it may have been made longer, and a result may have come, since the order was
   * found.
   * @returns whether it is erased
   * @throws DomainError `order_open`, `legal_hold`
   */
  async runIfDue(actor: string, key: OrderKey): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const order = await this.book.lock(tx, key);
      if (order.erasedAt !== null) return true;
      demandErasable(order);
      const retention = await this.directory.retentionOf(order.installationId, tx.manager);
      if (endOf(order) >= dueSince(retention, this.config.orders.retentionDays, this.clock.now()))
        return false;
      if (retention.removeFromLever) await this.askRemoval(tx, order);
      await this.erase(tx, actor, order, 'retention', retention.removeFromLever);
      return true;
    });
  }

  private async askRemoval(tx: Transaction, { installationId, id }: Order): Promise<void> {
    await tx.manager.update(OrderRow, { installationId, id }, { removalAskedAt: this.clock.now() });
    // Asked for again, it need not wait for its next try.
    await this.jobs.hurry(tx, removeFromTracking, { installationId, orderId: id });
  }

  /** @throws DomainError `retention_floor` */
  private async demandAge(tx: Transaction, order: Order): Promise<void> {
    const retention = await this.directory.retentionOf(order.installationId, tx.manager);
    // VICTIG's times are of its own clock, rounded: an end in a second's time keeps nothing that has no floor.
    if (retention.floorDays === 0) return;
    const earliest = earliestErasure(retention, endOf(order));
    if (earliest <= this.clock.now()) return;
    throw new DomainError(
      'conflict',
      'retention_floor',
      `The installation keeps orders for ${retention.floorDays} days: this one can be erased from ${earliest.toISOString()} on.`,
    );
  }

  private async erase(
    tx: Transaction,
    actor: string,
    order: Order,
    cause: ErasureCause,
    removeFromLever: boolean,
  ): Promise<Order> {
    const { installationId, id } = order;
    await this.vault.destroyKey(tx, order);
    const [, events] = await tx.manager.query<[unknown, number]>(
      `UPDATE order_events SET data = data - telling.members
       FROM (SELECT kind, ARRAY(SELECT jsonb_array_elements_text(members)) AS members
             FROM jsonb_each($3::jsonb) AS each (kind, members)) AS telling
       WHERE installation_id = $1 AND order_id = $2
         AND order_events.kind = telling.kind AND data ?| telling.members`,
      [installationId, id, JSON.stringify(TELLING)],
    );
    const hasTags = !(await this.tags.hasGivenAway(tx, order));
    return this.book.stepIn(tx, actor, order, {
      event: { kind: 'erased', data: { cause } },
      patch: {
        ...OUT_OF_TROUBLE,
        // Nothing of it is shown any more; what keeps it from being removed is found out anew.
        ...OUT_OF_REPORT_TROUBLE,
        contentSealed: null,
        resultsSealed: null,
        reference: null,
        flagged: null,
        decision: null,
        listedAs: null,
        ...(hasTags ? {} : { shownTags: [], stuckTags: [] }),
        erasedAt: this.clock.now(),
      },
      warnings: { tag_not_added: [], tag_not_removed: [] },
      audit: { action: 'order.erased', data: { cause, removeFromLever, events } },
    });
  }
}

/** @throws DomainError `order_open`, `legal_hold` */
function demandErasable(order: Order): void {
  if (order.legalHoldReason !== null) {
    throw new DomainError('conflict', 'legal_hold', 'A legal hold keeps the order from being erased.');
  }
  if (isFinal(order.status)) return;
  throw new DomainError(
    'conflict',
    'order_open',
    'The order has not come to its end yet: it can be erased once it is complete, rejected or canceled.',
    { allowedStatuses: ['complete', 'rejected', 'canceled'] },
  );
}

/** Its end, or its latest result where that came later. */
function endOf({ endedAt, completedAt, updatedAt }: Order): Date {
  const end = endedAt ?? updatedAt;
  return completedAt !== null && completedAt > end ? completedAt : end;
}
