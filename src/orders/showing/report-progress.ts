import { Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { statusTag } from '../../mapping/progress-tags.js';
import type { Settings } from '../../mapping/settings.js';
import { Transactions } from '../../platform/database/transactions.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import type { Order } from '../domain/order.js';
import { leavesTags, tagsInDoubt, wantedOf } from '../domain/shown-tags.js';
import { runsUntold, whyOrderWithdrawn } from '../domain/withdrawal.js';
import { placeOrder, reportProgress, type ReportJob } from '../jobs.js';
import { LateWrites } from './late-writes.js';
import { LostTags } from './lost-tags.js';
import { RefusedTags } from './refused-tags.js';
import { OrderBook } from '../order-book.js';
import { ApplicantTracking, type Whereabouts } from '../ports/applicant-tracking.js';
import { ProgressNotes } from './progress-notes.js';
import { ProgressTagsWriter } from './progress-tags-writer.js';
import { OUT_OF_REPORT_TROUBLE, ReportTrouble } from './report-trouble.js';

const ACTOR = `job:${reportProgress.name}`;

/**
 * Makes the applicant tracking system show what the order is: notes first, then tags (R4). What it shows is a
 * function of the order and of what keeps its notes from being posted, so it may run twice, late, or after a crash,
 * and ends in the same place.
 */
@Handles(reportProgress)
@Injectable()
export class ReportProgress implements JobHandler<ReportJob> {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly installations: InstallationDirectory,
    private readonly book: OrderBook,
    private readonly notes: ProgressNotes,
    private readonly tags: ProgressTagsWriter,
    private readonly refused: RefusedTags,
    private readonly lost: LostTags,
    private readonly trouble: ReportTrouble,
    private readonly lateWrites: LateWrites,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
  ) {}

  async handle(job: ReportJob): Promise<void> {
    const order = await this.book.find(job);
    if (!order) return;
    if (order.erasedAt !== null) {
      // An earlier run may have died between putting something there and writing it down.
      await this.transactions.run((tx) => this.lateWrites.removeAgain(tx, order));
      return;
    }
    if (job.missingTags) {
      await this.lookAfter(order, await this.refused.look(ACTOR, order));
      return;
    }
    if (!job.lostTags) return this.show(order);
    await this.lookAfter(order, await this.lost.look(order));
    const current = await this.book.find(job);
    if (current) await this.show(current);
  }

  private async show(order: Order): Promise<void> {
    const { settings } = await this.installations.configurationAt(
      order.installationId,
      order.settingsVersion,
    );
    let isThere: boolean;
    try {
      isThere = await this.reportIfThere(order, settings);
    } catch (error) {
      await this.trouble.note(ACTOR, order, error);
      throw error;
    }
    if (isThere) return this.trouble.over(ACTOR, order);
    await this.book.note(ACTOR, order, {
      event: { kind: 'opportunity_gone', data: {} },
      patch: OUT_OF_REPORT_TROUBLE,
    });
  }

  /** False: the opportunity was deleted, and there is nothing left to show the order on. */
  private async reportIfThere(order: Order, settings: Settings): Promise<boolean> {
    try {
      await this.report(order, settings);
      return true;
    } catch (error) {
      if (!(await this.isGone(order, error))) throw error;
      return false;
    }
  }

  private async report(order: Order, settings: Settings): Promise<void> {
    let noted: Order;
    try {
      noted = await this.notes.post(ACTOR, order, settings);
    } catch (error) {
      // Where it is gone nothing keeps the note from being posted; nor is it that where nobody can tell whether it is.
      if (await this.isGone(order, error)) throw error;
      const troubled = await this.trouble.note(ACTOR, order, error);
      // The status may not be shown without its note; but neither may an older one stand there for ever (S3).
      if (this.trouble.lasts(troubled)) {
        await this.showTags(troubled, [statusTag(settings.statusPrefix, 'Error')], settings);
      }
      throw error;
    }
    if (leavesTags(noted, settings) && (await this.leaveTags(noted))) return;
    await this.showTags(noted, wantedOf(noted, settings), settings);
  }

  /** Has the order before it shown again. False: there is none. */
  private leaveTags(order: Order): Promise<boolean> {
    return this.transactions.run((tx) => this.lateWrites.showOther(tx, order, tagsInDoubt(order, [])));
  }

  private async showTags(order: Order, wanted: readonly string[], settings: Settings): Promise<void> {
    await this.lookAfter(order, await this.tags.show(ACTOR, order, wanted, settings));
  }

  /** A candidate who went unheard, as into the archive without a webhook for it, is seen here at no cost. */
  private async lookAfter(order: Order, whereabouts: Whereabouts | null): Promise<void> {
    if (whereabouts === null || !runsUntold(order)) return;
    const { installationId, opportunityId, id: orderId } = order;
    const installation = await this.installations.find(installationId);
    if (!installation || !whyOrderWithdrawn(order, whereabouts, installation.configuration.triggerStageIds))
      return;
    // Whether it is so, and what follows, is decided in the turn of the opportunity.
    await this.transactions.run((tx) =>
      this.jobs.send(tx, placeOrder, { installationId, opportunityId, orderId }),
    );
  }

  /** Only Lever's own word counts; while it gives none, that is what keeps the order from being shown. */
  private async isGone(order: Order, error: unknown): Promise<boolean> {
    if (!(error instanceof UpstreamError) || error.details.status !== 404) return false;
    return (await this.tracking.readOpportunity(order.installationId, order.opportunityId)) === null;
  }
}
