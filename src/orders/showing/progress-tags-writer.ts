import { Injectable } from '@nestjs/common';
import { staleTags } from '../../mapping/progress-tags.js';
import type { Settings } from '../../mapping/settings.js';
import { addOneByOne, tryToAdd } from './add-tags.js';
import type { Order } from '../domain/order.js';
import { isInDoubt, isSameSet, possibleTags, tagsInDoubt } from '../domain/shown-tags.js';
import { FirstTag } from './first-tag.js';
import { LateWrites } from './late-writes.js';
import { RefusedTags } from './refused-tags.js';
import { OpportunityTags } from '../opportunity-tags.js';
import { OrderBook } from '../order-book.js';
import { ApplicantTracking, type TagsAfterChange, type Whereabouts } from '../ports/applicant-tracking.js';
import { TagNames } from './tag-names.js';
import { NOTHING_TOLD, takeTagsAway } from './take-tags-away.js';

/**
 * Puts an order's tags on its opportunity and takes old ones away. A tag that Lever does not take, or does not let
 * go, becomes a warning of the order: locked-down and inherited tags do not change by trying again at once.
 */
@Injectable()
export class ProgressTagsWriter {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly book: OrderBook,
    private readonly tags: OpportunityTags,
    private readonly names: TagNames,
    private readonly firstTag: FirstTag,
    private readonly lateWrites: LateWrites,
    private readonly refused: RefusedTags,
  ) {}

  /**
   * Answers where the candidacy stands, if Lever said so by the way. The tags are those of the order that
   * is shown there: what another still has to say, it says in notes.
   * @throws UpstreamError for failures that may pass, a missing permission among them
   */
  async show(
    actor: string,
    order: Order,
    wanted: readonly string[],
    settings: Settings,
  ): Promise<Whereabouts | null> {
    if (isSameSet(wanted, order.shownTags)) return null;
    const possible = possibleTags(order, wanted);
    // Mostly written down by the step that made it want them.
    const isKnown = isInDoubt(order, wanted);
    if (!isKnown && !(await this.tags.remember(order, tagsInDoubt(order, wanted)))) return null;
    // Added before the old ones are removed: at no moment is there none.
    const added = wanted.length > 0 ? await this.add(order, wanted) : { tags: possible, whereabouts: null };
    if (wanted.length > 0) await this.firstTag.shown(order, settings.holdSeconds);
    const present = added.tags;
    const stale = staleTags(present, wanted, possible, settings);
    const removed = stale.length > 0 ? await takeTagsAway(this.tracking, order, stale) : added;
    const left = removed.tags;
    const stuckTags = stale.filter((tag) => left.includes(tag));
    const nameOf = await this.names.of(order, stale, settings);
    const told = {
      added: wanted.filter((tag) => present.includes(tag)),
      removed: stale.filter((tag) => !left.includes(tag)).map(nameOf),
      notAdded: wanted.filter((tag) => !present.includes(tag)),
      notRemoved: stuckTags.map(nameOf),
    };
    await this.book.note(actor, order, ({ erasedAt }) => ({
      // Tags hold flag and decision, of which nothing is told any more once the order was erased (A3).
      event: { kind: 'tags_set', data: erasedAt === null ? told : NOTHING_TOLD },
      ...(erasedAt === null && {
        warnings: { tag_not_added: told.notAdded, tag_not_removed: told.notRemoved },
      }),
      // Those that stay are tried again by themselves, and with whatever is shown or removed next.
      patch: { shownTags: [...wanted], stuckTags },
      also: async (tx, current) => {
        // Forgotten together with the end of the job, they are put there once more.
        tx.mayBeForgotten();
        const isRefused = told.notAdded.length > 0 || stuckTags.length > 0;
        if (isRefused && current.erasedAt === null) await this.refused.lookSoon(tx, current);
        if (stale.some((tag) => nameOf(tag) !== tag)) await this.tags.forgetBefore(tx, order);
        await this.lateWrites.showAgain(tx, order, current, tagsInDoubt(order, wanted));
      },
      audit: {
        action: 'lever.tags_set',
        data: { added: told.added.length, removed: told.removed.length },
      },
    }));
    return removed.whereabouts ?? added.whereabouts;
  }

  /** One that Lever refuses does not keep the others away. */
  private async add(order: Order, wanted: readonly string[]): Promise<TagsAfterChange> {
    const { installationId, opportunityId } = order;
    const added = await tryToAdd(this.tracking, order, wanted);
    if (added) return added;
    // The same permission is needed to take away what is not there: who may do that may write tags, but not new ones.
    const without = await this.tracking.removeTags(installationId, opportunityId, wanted);
    return (await addOneByOne(this.tracking, order, wanted)) ?? without;
  }
}
