import { Inject, Injectable } from '@nestjs/common';
import { EntityNotFoundError } from 'typeorm';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { dueSince, earliestErasure } from '../../installations/retention.js';
import { Clock } from '../../platform/clock.js';
import { appConfig, type AppConfig } from '../../platform/config/app-config.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import type { Settings } from '../../mapping/settings.js';
import { isFinal } from '../domain/order-status.js';
import type { Order } from '../domain/order.js';
import { tagsInDoubt } from '../domain/shown-tags.js';
import { removeFromTracking, reportJobOf, reportProgress } from '../jobs.js';
import { OpportunityTags } from '../opportunity-tags.js';
import { OrderBook, type OrderKey } from '../order-book.js';
import { OrderRow } from '../order.entity.js';
import { OUT_OF_TROUBLE } from '../order-trouble.js';
import { OrderVault } from '../order-vault.js';
import { OUT_OF_REPORT_TROUBLE } from '../showing/report-trouble.js';
import { ToldOutcome } from './told-outcome.js';

export type ErasureCause = 'request' | 'retention';

interface Erasure {
  cause: ErasureCause;
  removeFromLever: boolean;
  /** What the order was mapped with. */
  settings: Settings;
}

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
    private readonly told: ToldOutcome,
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
    const settings = await this.settingsOf(key);
    return this.transactions.run(async (tx) => {
      const order = await this.book.lock(tx, key, expected);
      demandErasable(order);
      if (order.erasedAt === null) await this.demandAge(tx, order);
      if (removeFromLever) await this.askRemoval(tx, order);
      if (order.erasedAt === null) {
        return this.erase(tx, actor, order, { cause: 'request', removeFromLever, settings });
      }
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
  async runIfDue(actor: string, key: OrderKey, now: Date): Promise<boolean> {
    const settings = await this.settingsOf(key);
    return this.transactions.run(async (tx) => {
      const order = await this.book.lock(tx, key);
      if (order.erasedAt !== null) return true;
      demandErasable(order);
      const retention = await this.directory.retentionOf(order.installationId, tx.manager);
      if (endOf(order) >= dueSince(retention, this.config.orders.retentionDays, now)) return false;
      const { removeFromLever } = retention;
      if (removeFromLever) await this.askRemoval(tx, order);
      await this.erase(tx, actor, order, { cause: 'retention', removeFromLever, settings });
      return true;
    });
  }

  private async askRemoval(tx: Transaction, { installationId, id }: Order): Promise<void> {
    const asked = { removalAskedAt: this.clock.now(), removalKeepsNotes: false };
    await tx.manager.update(OrderRow, { installationId, id }, asked);
    // Asked for again, it need not wait for its next try.
    await this.jobs.hurry(tx, removeFromTracking, { installationId, orderId: id });
  }

  /** Those that an order was mapped with are for good. */
  private async settingsOf(key: OrderKey): Promise<Settings> {
    const order = await this.book.find(key);
    if (order === null) throw new EntityNotFoundError(OrderRow, key);
    const { settings } = await this.directory.configurationAt(order.installationId, order.settingsVersion);
    return settings;
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
    { cause, removeFromLever, settings }: Erasure,
  ): Promise<Order> {
    const { installationId, id } = order;
    const hasTags = !(await this.tags.hasGivenAway(tx, order));
    const isUntold = !(await this.told.isTold(tx, order, hasTags, settings));
    const untold = isUntold && { untold: isUntold };
    const loses = isUntold && hasTags && !removeFromLever;
    await this.vault.destroyKey(tx, order);
    const [, events] = await tx.manager.query<[unknown, number]>(
      `UPDATE order_events SET data = data - telling.members
       FROM (SELECT kind, ARRAY(SELECT jsonb_array_elements_text(members)) AS members
             FROM jsonb_each($3::jsonb) AS each (kind, members)) AS telling
       WHERE installation_id = $1 AND order_id = $2
         AND order_events.kind = telling.kind AND data ?| telling.members`,
      [installationId, id, JSON.stringify(TELLING)],
    );
    // Behind a run that is showing it right now, which may yet tell how it ended; it then sends the removal.
    if (loses) await this.jobs.hurry(tx, reportProgress, reportJobOf(order));
    return this.book.stepIn(tx, actor, order, {
      event: { kind: 'erased', data: { cause, ...untold } },
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
        ...(!hasTags && { shownTags: [], stuckTags: [] }),
        // Its tags would say for ever what it is not. Marked so, it is seen whether they were put right meanwhile.
        ...(isUntold && hasTags && { shownTags: tagsInDoubt({ ...order, stuckTags: [] }, []) }),
        ...(loses && { removalAskedAt: this.clock.now(), removalKeepsNotes: true }),
        erasedAt: this.clock.now(),
      },
      warnings: { tag_not_added: [], tag_not_removed: [] },
      audit: { action: 'order.erased', data: { cause, removeFromLever, events, ...untold } },
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
