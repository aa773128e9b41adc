import { Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../installations/installation-directory.js';
import { staleTags, statusTag, wantedTags } from '../mapping/progress-tags.js';
import type { Settings } from '../mapping/settings.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import type { Order } from './domain/order.js';
import { progressOf } from './domain/progress-of.js';
import { reportProgress, type OrderJob } from './jobs.js';
import { OrderBook } from './order-book.js';
import { ApplicantTracking } from './ports/applicant-tracking.js';
import { ProgressNotes } from './progress-notes.js';

const ACTOR = `job:${reportProgress.name}`;

/**
 * Makes the applicant tracking system show what the order is: notes first, then tags (R4). What it shows is a
 * function of the order, so it may run twice, late, or after a crash, and ends in the same place.
 */
@Handles(reportProgress)
@Injectable()
export class ReportProgress implements JobHandler<OrderJob> {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly installations: InstallationDirectory,
    private readonly book: OrderBook,
    private readonly notes: ProgressNotes,
  ) {}

  async handle(job: OrderJob): Promise<void> {
    const order = await this.book.find(job);
    if (!order) return;
    const { settings } = await this.installations.configurationAt(
      order.installationId,
      order.settingsVersion,
    );
    try {
      await this.notes.post(ACTOR, order, settings);
      await this.showTags(order, settings);
    } catch (error) {
      if (!(await this.isGone(order, error))) throw error;
      await this.book.note(ACTOR, order, { event: { kind: 'opportunity_gone', data: {} } });
    }
  }

  private async showTags(order: Order, settings: Settings): Promise<void> {
    const { installationId, opportunityId } = order;
    const latest = await this.book.latestOf(installationId, opportunityId);
    // The tags are the latest order's; what an earlier one still has to say, it says in notes.
    if (latest && latest.id !== order.id) return;
    const wanted = this.wantedOf(order, settings);
    if (isSameSet(wanted, order.shownTags)) return;
    // Known before it is tried: a call whose answer is lost may have put any of them there.
    const possible = [...new Set([...order.shownTags, ...wanted])];
    await this.book.rememberTags(order, possible);
    // Added before the old ones are removed: at no moment is there none.
    const present =
      wanted.length > 0 ? await this.tracking.addTags(installationId, opportunityId, wanted) : possible;
    const stale = staleTags(present, wanted, possible, settings);
    if (stale.length > 0) await this.tracking.removeTags(installationId, opportunityId, stale);
    await this.book.note(ACTOR, order, {
      event: { kind: 'tags_set', data: { added: [...wanted], removed: [...stale] } },
      patch: { shownTags: [...wanted] },
      audit: { action: 'lever.tags_set', data: { added: wanted.length, removed: stale.length } },
    });
  }

  /** Of an order that was never placed nothing new is to be seen, and its `Error` no longer (T8). */
  private wantedOf(order: Order, settings: Settings): readonly string[] {
    const status = progressOf(order);
    if (status === null) {
      const error = statusTag(settings.statusPrefix, 'Error');
      return order.status === 'canceled' && order.shownTags.includes(error) ? [] : order.shownTags;
    }
    const { flagged, decision } = order;
    return wantedTags(status, flagged === null ? null : { flagged, decision }, settings);
  }

  /** The opportunity was deleted or merged: there is nothing left to show it on. Only Lever's own word counts. */
  private async isGone(order: Order, error: unknown): Promise<boolean> {
    if (!(error instanceof UpstreamError) || error.details.status !== 404) return false;
    return (await this.tracking.readOpportunity(order.installationId, order.opportunityId)) === null;
  }
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((tag) => b.includes(tag));
