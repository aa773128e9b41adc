import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { NotConnected } from '../../installations/vendor-credentials.js';
import { untoldTag } from '../../mapping/progress-tags.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { SharedClock } from '../../platform/shared-clock.js';
import type { Order } from '../domain/order.js';
import { possibleTags } from '../domain/shown-tags.js';
import { removeFromTracking, type OrderJob } from '../jobs.js';
import { OrderBook } from '../order-book.js';
import { ProgressNoteRow } from '../order.entity.js';
import { ApplicantTracking } from '../ports/applicant-tracking.js';
import { fileNameOf, ReportFileRow } from './report-file.entity.js';
import { OUT_OF_REPORT_TROUBLE, ReportTrouble } from './report-trouble.js';
import { takeTagsAway } from './take-tags-away.js';
import { assertSettled } from './unsettled-write.js';

const ACTOR = `job:${removeFromTracking.name}`;

/**
 * Takes the tags, notes and files of an erased order from the applicant tracking system; may run twice, late or in vain.
 * What may yet appear there is waited for.
 */
@Handles(removeFromTracking)
@Injectable()
export class RemoveFromTracking implements JobHandler<OrderJob> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tracking: ApplicantTracking,
    private readonly installations: InstallationDirectory,
    private readonly book: OrderBook,
    private readonly trouble: ReportTrouble,
    private readonly sharedClock: SharedClock,
  ) {}

  async handle(job: OrderJob): Promise<void> {
    const order = await this.book.find(job);
    if (!order || order.erasedAt === null) return;
    try {
      await this.remove(order);
    } catch (error) {
      const troubled = await this.trouble.note(ACTOR, order, error);
      if (!(error instanceof NotConnected)) throw error;
      await this.park(troubled);
    }
  }

  /** No try mends it: `release-waiting` sends the job again. Connected before it had its trouble, it was not seen there. */
  private async park(order: Order): Promise<void> {
    try {
      await this.remove(order);
    } catch (error) {
      if (!(error instanceof NotConnected)) throw error;
    }
  }

  private async remove(order: Order): Promise<void> {
    const { installationId, opportunityId, settingsVersion } = order;
    const { settings } = await this.installations.configurationAt(installationId, settingsVersion);
    const isGone = (await this.tracking.readOpportunity(installationId, opportunityId)) === null;
    const { tags, left } = isGone ? NO_TAGS : await this.removeTags(order);
    const notes = isGone ? 0 : await this.removeNotes(order);
    const files = isGone ? 0 : await this.removeFiles(order);
    const removed = { tags, tagsLeft: left.length, notes, files, gone: isGone };
    // Where anything was put there or found out meanwhile it is looked at again.
    await this.book.step(ACTOR, order, {
      event: { kind: 'removed_from_lever', data: removed },
      // What is left a later order, or asking again, may yet take away; that it says of the result nobody is told (A3).
      patch: { shownTags: [], stuckTags: left, ...OUT_OF_REPORT_TROUBLE },
      warnings: { tag_not_removed: left.map((tag) => untoldTag(tag, settings)) },
      audit: { action: 'lever.order_removed', data: removed },
    });
  }

  /** Where another order is shown the tags are not this one's to remove. Answers how many are gone, and which are not. */
  private async removeTags(order: Order): Promise<{ tags: number; left: string[] }> {
    const tags = possibleTags(order, []);
    const shown = await this.book.shownOn(order);
    if (tags.length === 0 || (shown && shown.id !== order.id)) return NO_TAGS;
    const { tags: present } = await takeTagsAway(this.tracking, order, tags);
    const left = tags.filter((tag) => present.includes(tag));
    return { tags: tags.length - left.length, left };
  }

  private async removeNotes({ installationId, id: orderId, opportunityId }: Order): Promise<number> {
    const rows = this.dataSource.getRepository(ProgressNoteRow);
    let removed = 0;
    for (const { noteId, reference, postStartedAt } of await rows.findBy({ installationId, orderId })) {
      const known = noteId ?? (await this.tracking.findNote(installationId, opportunityId, reference));
      if (known !== null) {
        // No longer in doubt, for another try would find nothing and wait for it.
        await rows.update({ installationId, orderId, reference }, { noteId: known, postStartedAt: null });
        await this.tracking.removeNote(installationId, opportunityId, known);
        removed += 1;
      } else if (postStartedAt !== null) {
        assertSettled('POST /opportunities/:id/notes', postStartedAt, await this.sharedClock.now());
      }
    }
    return removed;
  }

  private async removeFiles({ installationId, id: orderId, opportunityId }: Order): Promise<number> {
    const rows = this.dataSource.getRepository(ReportFileRow);
    let removed = 0;
    for (const { fileId, reference, uploadStartedAt } of await rows.findBy({ installationId, orderId })) {
      const name = fileNameOf(reference);
      const known = fileId ?? (await this.tracking.findFile(installationId, opportunityId, name));
      if (known !== null) {
        await rows.update({ installationId, orderId, reference }, { fileId: known, uploadStartedAt: null });
        await this.tracking.removeFile(installationId, opportunityId, known);
        removed += 1;
      } else if (uploadStartedAt !== null) {
        assertSettled('POST /opportunities/:id/files', uploadStartedAt, await this.sharedClock.now());
      }
    }
    return removed;
  }
}

const NO_TAGS = { tags: 0, left: [] };
