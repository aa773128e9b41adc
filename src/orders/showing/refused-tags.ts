import { Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { addOneByOne, tryToAdd } from './add-tags.js';
import type { Order } from '../domain/order.js';
import { hasRefusedTags, isSameSet, keptTags, missingTags, tagsInDoubt } from '../domain/shown-tags.js';
import { reportJobOf, reportProgress } from '../jobs.js';
import { LateWrites } from './late-writes.js';
import { OpportunityTags } from '../opportunity-tags.js';
import { OrderBook } from '../order-book.js';
import { failureOf } from '../order-trouble.js';
import { ApplicantTracking, type Whereabouts } from '../ports/applicant-tracking.js';
import { nextLook, secondLook } from './second-looks.js';
import { TagNames } from './tag-names.js';
import { NOTHING_TOLD, takeTagsAway } from './take-tags-away.js';

interface Tried {
  missing: string[];
  kept: string[];
  whereabouts: Whereabouts | null;
  /** False: Lever could not be asked. */
  refused: boolean;
}

/**
 * Looks again at tags that Lever did not take, and at old ones that it did not let go: after as long as nothing has happened
 * to the order, and so ever less often. That Lever still refuses, or cannot be asked, is no trouble of the order.
 */
@Injectable()
export class RefusedTags {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly book: OrderBook,
    private readonly tags: OpportunityTags,
    private readonly names: TagNames,
    private readonly installations: InstallationDirectory,
    private readonly lateWrites: LateWrites,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  /** To be called when Lever did not take tags of the order, or did not let old ones go. */
  lookSoon(tx: Transaction, order: Order): Promise<void> {
    return this.lookAt(tx, order, secondLook(this.clock.now()));
  }

  lookNow(tx: Transaction, order: Order): Promise<void> {
    return this.jobs.hurry(tx, reportProgress, jobOf(order));
  }

  /** Answers where the candidacy stands, if Lever said so by the way. */
  async look(actor: string, order: Order): Promise<Whereabouts | null> {
    // Others' are not to be touched; for those of an order that is shown anew a look of their own is sent.
    if (!hasRefusedTags(order) || !(await this.tags.remember(order, order.shownTags))) return null;
    const before = { missing: missingTags(order), kept: keptTags(order) };
    const tried = await this.tryAgain(order, before.missing, before.kept);
    const { installationId, id: orderId } = order;
    const current = await this.book.find({ installationId, orderId });
    const isSame = isSameSet(tried.missing, before.missing) && isSameSet(tried.kept, before.kept);
    // Where all is as before nothing is told.
    if (isSame && current?.sequence === order.sequence) await this.lookLater(current, tried.refused);
    else await this.note(actor, order, before, tried);
    return tried.whereabouts;
  }

  private async tryAgain(order: Order, missing: string[], kept: string[]): Promise<Tried> {
    const tried: Tried = { missing, kept, whereabouts: null, refused: true };
    try {
      if (missing.length > 0) {
        const added =
          (await tryToAdd(this.tracking, order, missing)) ??
          (await addOneByOne(this.tracking, order, missing));
        tried.missing = missing.filter((tag) => !added?.tags.includes(tag));
        tried.whereabouts = added?.whereabouts ?? null;
      }
      if (kept.length > 0) {
        const removed = await takeTagsAway(this.tracking, order, kept);
        tried.kept = kept.filter((tag) => removed.tags.includes(tag));
        tried.whereabouts = removed.whereabouts ?? tried.whereabouts;
      }
    } catch (error) {
      if (failureOf(error) === null) throw error;
      tried.refused = false;
    }
    return tried;
  }

  private async note(
    actor: string,
    order: Order,
    before: Pick<Tried, 'missing' | 'kept'>,
    { missing, kept }: Tried,
  ): Promise<void> {
    const { settings } = await this.installations.configurationAt(
      order.installationId,
      order.settingsVersion,
    );
    const nameOf = await this.names.of(order, before.kept, settings);
    const added = before.missing.filter((tag) => !missing.includes(tag));
    const removed = before.kept.filter((tag) => !kept.includes(tag));
    const told = {
      added,
      removed: removed.map(nameOf),
      notAdded: missing,
      notRemoved: kept.map(nameOf),
    };
    await this.book.note(actor, order, ({ erasedAt, stuckTags }) => ({
      // Tags hold flag and decision, of which nothing is told any more once the order was erased (A3).
      event: { kind: 'tags_set', data: erasedAt === null ? told : NOTHING_TOLD },
      ...(erasedAt === null && {
        warnings: { tag_not_added: told.notAdded, tag_not_removed: told.notRemoved },
      }),
      patch: {
        // As this run knows them: whoever has shown others meanwhile finds that they are to be shown once more.
        shownTags: order.shownTags,
        stuckTags: stuckTags.filter((tag) => !removed.includes(tag)),
      },
      also: async (tx, current) => {
        if (erasedAt === null && missing.length + kept.length > 0) {
          const now = this.clock.now();
          await this.lookAt(tx, current, nextLook(now, now));
        }
        await this.lateWrites.showAgain(tx, order, current, tagsInDoubt(order, order.shownTags));
      },
      audit: { action: 'lever.tags_set', data: { added: added.length, removed: removed.length } },
    }));
  }

  private lookLater(order: Order, refused: boolean): Promise<void> {
    const at = nextLook(this.clock.now(), order.updatedAt, refused);
    return this.transactions.run((tx) => this.lookAt(tx, order, at));
  }

  /** One look waits at the most, whoever asks for it. */
  private lookAt(tx: Transaction, order: Order, startAfter: Date): Promise<void> {
    return this.jobs.hurry(tx, reportProgress, jobOf(order), { startAfter });
  }
}

// So named since before there were those that are kept: jobs outlast an update.
const jobOf = (order: Order) => ({ ...reportJobOf(order), missingTags: true });
