import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { addOneByOne, tryToAdd } from './add-tags.js';
import type { Order } from '../domain/order.js';
import { missingTags, tagsInDoubt } from '../domain/shown-tags.js';
import { reportJobOf, reportProgress } from '../jobs.js';
import { LateWrites } from './late-writes.js';
import { OpportunityTags } from '../opportunity-tags.js';
import { OrderBook } from '../order-book.js';
import { failureOf } from '../order-trouble.js';
import { ApplicantTracking, type TagsAfterChange, type Whereabouts } from '../ports/applicant-tracking.js';

/** A refusal that is met first is taken for one that passes, as that of a proxy. */
const SECOND_LOOK_AFTER_MS = 60_000;
/** One that was met again is a setting of Lever's, until a person changes it. */
const LOOK_AGAIN_AFTER_MS = 3_600_000;
const LONGEST_WAIT_MS = 7 * 24 * 3_600_000;

/**
 * Looks again at tags that Lever did not take: after as long as nothing has happened to the order, and so ever less often. That
 * Lever does not take them yet, or cannot be asked, is no trouble of the order.
 */
@Injectable()
export class MissingTags {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly book: OrderBook,
    private readonly tags: OpportunityTags,
    private readonly lateWrites: LateWrites,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  /** To be called when Lever did not take tags of the order. */
  lookSoon(tx: Transaction, order: Order): Promise<void> {
    return this.lookIn(tx, order, SECOND_LOOK_AFTER_MS);
  }

  lookNow(tx: Transaction, order: Order): Promise<void> {
    return this.jobs.hurry(tx, reportProgress, jobOf(order));
  }

  /** Answers where the candidacy stands, if Lever said so by the way. */
  async look(actor: string, order: Order): Promise<Whereabouts | null> {
    const missing = missingTags(order);
    // Others' are not to be touched; for those of an order that is shown anew a look of their own is sent.
    if (missing.length === 0 || !(await this.tags.remember(order, order.shownTags))) return null;
    const { after, leastMs } = await this.tryAgain(order, missing);
    const left = missing.filter((tag) => !after?.tags.includes(tag));
    const { installationId, id: orderId } = order;
    const current = await this.book.find({ installationId, orderId });
    // Where all is as before nothing is told.
    if (left.length === missing.length && current?.sequence === order.sequence) {
      await this.lookLater(current, leastMs);
    } else await this.note(actor, order, missing, left);
    return after?.whereabouts ?? null;
  }

  private async tryAgain(
    order: Order,
    missing: readonly string[],
  ): Promise<{ after: TagsAfterChange | null; leastMs: number }> {
    try {
      const after = await tryToAdd(this.tracking, order, missing);
      return {
        after: after ?? (await addOneByOne(this.tracking, order, missing)),
        leastMs: LOOK_AGAIN_AFTER_MS,
      };
    } catch (error) {
      if (failureOf(error) === null) throw error;
      return { after: null, leastMs: SECOND_LOOK_AFTER_MS };
    }
  }

  private async note(actor: string, order: Order, missing: readonly string[], left: string[]): Promise<void> {
    const added = missing.filter((tag) => !left.includes(tag));
    await this.book.note(actor, order, ({ erasedAt }) => ({
      // Tags hold flag and decision, of which nothing is told any more once the order was erased (A3).
      event: {
        kind: 'tags_set',
        data: {
          added: erasedAt === null ? added : [],
          removed: [],
          notAdded: erasedAt === null ? left : [],
          notRemoved: [],
        },
      },
      ...(erasedAt === null && { warnings: { tag_not_added: left } }),
      // As this run knows them: whoever has shown others meanwhile finds that they are to be shown once more.
      patch: { shownTags: order.shownTags },
      also: async (tx, current) => {
        if (erasedAt === null && left.length > 0) await this.lookIn(tx, current, LOOK_AGAIN_AFTER_MS);
        await this.lateWrites.showAgain(tx, order, current, tagsInDoubt(order, order.shownTags));
      },
      audit: { action: 'lever.tags_set', data: { added: added.length, removed: 0 } },
    }));
  }

  private lookLater(order: Order, leastMs: number): Promise<void> {
    const unchangedMs = this.clock.now().getTime() - order.updatedAt.getTime();
    const waitMs = Math.min(Math.max(unchangedMs, leastMs), LONGEST_WAIT_MS);
    return this.transactions.run((tx) => this.lookIn(tx, order, waitMs));
  }

  /** One look waits at the most, whoever asks for it. */
  private lookIn(tx: Transaction, order: Order, waitMs: number): Promise<void> {
    const startAfter = new Date(this.clock.now().getTime() + waitMs);
    return this.jobs.hurry(tx, reportProgress, jobOf(order), { startAfter });
  }
}

const jobOf = (order: Order) => ({ ...reportJobOf(order), missingTags: true });
