import { Injectable } from '@nestjs/common';
import { DataSource, MoreThanOrEqual } from 'typeorm';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { NotConnected } from '../../installations/vendor-credentials.js';
import { untoldTag } from '../../mapping/progress-tags.js';
import type { Settings } from '../../mapping/settings.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { SharedClock } from '../../platform/shared-clock.js';
import { Attempts } from './attempts.js';
import type { Order } from '../domain/order.js';
import { isSameSet, possibleTags, showsStatus } from '../domain/shown-tags.js';
import { removeFromTracking, type OrderJob } from '../jobs.js';
import { OpportunityTags } from '../opportunity-tags.js';
import { OrderBook, OrderRaceLost, type Step } from '../order-book.js';
import { OrderEventRow, OrderRow, ProgressNoteRow } from '../order.entity.js';
import { ApplicantTracking } from '../ports/applicant-tracking.js';
import { ForgottenTraces } from './forgotten-traces.js';
import { fileNameOf, ReportFileRow } from './report-file.entity.js';
import { OUT_OF_REPORT_TROUBLE, ReportTrouble } from './report-trouble.js';
import { nextLook, secondLook } from './second-looks.js';
import { takeTagsAway } from './take-tags-away.js';
import { assertSettled } from './unsettled-write.js';

interface Removed {
  /** How many were there and are gone. */
  tags: number;
  /** Those that are there all the same. */
  tagsLeft: string[];
  notes: number;
  files: number;
  /** The opportunity is. */
  gone: boolean;
}

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
    private readonly tags: OpportunityTags,
    private readonly trouble: ReportTrouble,
    private readonly sharedClock: SharedClock,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    private readonly forgotten: ForgottenTraces,
  ) {}

  async handle(job: OrderJob): Promise<void> {
    const order = await this.book.find(job);
    if (!order || order.erasedAt === null || order.removalAskedAt === null) return;
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
    // A run that was on its way while it was erased has told how it ended: what is there is right, and stays.
    if (order.removalKeepsNotes && showsStatus(order, settings)) return this.callOff(order);
    const read = () => this.tracking.readOpportunity(installationId, opportunityId);
    // Once it counts as gone nothing comes back for what is there of the result.
    const opportunity = (await read()) ?? (await read());
    const present = opportunity?.tags ?? [];
    const tags = await this.tagsOf(order, present, settings);
    const removed: Removed = { tags: 0, tagsLeft: [], notes: 0, files: 0, gone: opportunity === null };
    try {
      if (opportunity !== null) await this.removeAll(order, tags, present, removed);
    } catch (error) {
      // The next try does not find it any more.
      if (hasEffect(removed)) await this.book.note(ACTOR, order, this.telling(order, removed));
      throw error;
    }
    await this.end(order, tags, removed, settings);
  }

  /**
   * What becomes of it is counted while it is done: some of it may fail. Lever may refuse one thing for ever, which keeps none
   * of the others there; what tells most of the result goes first.
   * @throws the first failure of those that are particular to what they are about; at once one that says that nothing can be done
   */
  private async removeAll(
    order: Order,
    tags: readonly string[],
    present: readonly string[],
    removed: Removed,
  ): Promise<void> {
    removed.tagsLeft = tags.filter((tag) => present.includes(tag));
    const attempts = new Attempts();
    if (!order.removalKeepsNotes) {
      await this.removeFiles(order, removed, attempts);
      await this.removeNotes(order, removed, attempts);
    }
    await attempts.make(() => this.removeTags(order, tags, removed));
    attempts.demandSuccess();
  }

  private async callOff({ installationId, id }: Order): Promise<void> {
    // Unless somebody asks for all of it by now.
    const asRead = { installationId, id, removalKeepsNotes: true };
    await this.dataSource.manager.update(OrderRow, asRead, {
      removalAskedAt: null,
      removalKeepsNotes: false,
    });
  }

  /** Where anything was put there or found out meanwhile it is looked at again. @throws OrderRaceLost */
  private async end(
    order: Order,
    tags: readonly string[],
    removed: Removed,
    settings: Settings,
  ): Promise<void> {
    // What is left a later try or order may yet take away; that it says of the result nobody is told (A3).
    const patch = { shownTags: [], stuckTags: removed.tagsLeft, ...OUT_OF_REPORT_TROUBLE };
    const warnings = { tag_not_removed: removed.tagsLeft.map((tag) => untoldTag(tag, settings)) };
    const now = this.clock.now();
    const gone = tags.filter((tag) => !removed.tagsLeft.includes(tag));
    const also = async (tx: Transaction, startAfter = secondLook(now)): Promise<void> => {
      await this.tags.forgetGone(tx, order, gone);
      await this.tryTagsAt(tx, order, removed, startAfter);
    };
    const told = { patch, warnings, also: (tx: Transaction) => also(tx) };
    if (await this.isNews(order, removed)) {
      const noted = await this.book.note(ACTOR, order, (current) => ({
        ...this.telling(order, removed),
        ...(current.sequence === order.sequence && told),
      }));
      if (noted.sequence !== order.sequence + 1) throw new OrderRaceLost(order.id, order.sequence);
      return;
    }
    if (order.reportTrouble !== null) {
      const event = { kind: 'report_trouble_over', data: { failure: order.reportTrouble } } as const;
      await this.book.step(ACTOR, order, { event, ...told });
      return;
    }
    await this.transactions.run(async (tx) => {
      const { installationId, id, sequence } = order;
      const { affected } = await tx.manager.update(
        OrderRow,
        { installationId, id, sequence },
        { shownTags: [], stuckTags: removed.tagsLeft },
      );
      if (affected === 0) throw new OrderRaceLost(id, sequence);
      await also(tx, nextLook(now, order.updatedAt));
    });
  }

  /** Those that Lever did not let go, as by a refusal that passes: of all else nothing is left to be done. */
  private async tryTagsAt(
    tx: Transaction,
    { installationId, id: orderId }: Order,
    { tagsLeft }: Removed,
    startAfter: Date,
  ): Promise<void> {
    if (tagsLeft.length === 0) return;
    await this.jobs.hurry(tx, removeFromTracking, { installationId, orderId }, { startAfter });
  }

  private telling({ removalKeepsNotes }: Order, removed: Removed): Pick<Step, 'event' | 'audit'> {
    const data = { ...removed, tagsLeft: removed.tagsLeft.length };
    return {
      event: { kind: 'removed_from_lever', data: { ...data, ...(removalKeepsNotes && { notesStay: true }) } },
      audit: { action: 'lever.order_removed', data },
    };
  }

  /** Another run may have done it; who asked for it is told also that there was nothing to do. */
  private async isNews(order: Order, removed: Removed): Promise<boolean> {
    if (hasEffect(removed) || !isSameSet(removed.tagsLeft, order.stuckTags)) return true;
    if (order.removalKeepsNotes && !removed.gone) return false;
    const { installationId, id: orderId, removalAskedAt } = order;
    const events = this.dataSource.getRepository(OrderEventRow);
    const kind = 'removed_from_lever';
    const at = MoreThanOrEqual(removalAskedAt ?? order.createdAt);
    return !(await events.existsBy({ installationId, orderId, kind, at }));
  }

  /** All that may be there of it: one may have come since. Where they are another order's they are not this one's to remove. */
  private async tagsOf(order: Order, present: readonly string[], settings: Settings): Promise<string[]> {
    if (!(await this.tags.areOf(order))) return [];
    return possibleTags(order, this.forgotten.tags(order, present, settings));
  }

  private async removeTags(order: Order, tags: readonly string[], removed: Removed): Promise<void> {
    if (tags.length === 0) return;
    const there = removed.tagsLeft;
    const { tags: after } = await takeTagsAway(this.tracking, order, tags, there);
    removed.tagsLeft = tags.filter((tag) => after.includes(tag));
    removed.tags = there.filter((tag) => !after.includes(tag)).length;
  }

  private async removeNotes(order: Order, removed: Removed, attempts: Attempts): Promise<void> {
    const { installationId, id: orderId, opportunityId } = order;
    await attempts.makeEach(this.forgotten.notes(order), async (noteId) => {
      await this.tracking.removeNote(installationId, opportunityId, noteId);
      removed.notes += 1;
    });
    const rows = this.dataSource.getRepository(ProgressNoteRow);
    for (const note of await rows.findBy({ installationId, orderId })) {
      await attempts.make(() => this.removeNote(opportunityId, note, removed));
    }
  }

  private async removeNote(
    opportunityId: string,
    { installationId, orderId, noteId, reference, postStartedAt }: ProgressNoteRow,
    removed: Removed,
  ): Promise<void> {
    const rows = this.dataSource.getRepository(ProgressNoteRow);
    const known = noteId ?? (await this.tracking.findNote(installationId, opportunityId, reference));
    if (known !== null) {
      // No longer in doubt, for another try would find nothing and wait for it.
      await rows.update({ installationId, orderId, reference }, { noteId: known, postStartedAt: null });
      await this.tracking.removeNote(installationId, opportunityId, known);
      // So that it is counted once, however often this is done.
      await rows.delete({ installationId, orderId, reference, noteId: known });
      removed.notes += 1;
    } else if (postStartedAt !== null) {
      assertSettled('POST /opportunities/:id/notes', postStartedAt, await this.sharedClock.now());
    }
  }

  private async removeFiles(order: Order, removed: Removed, attempts: Attempts): Promise<void> {
    const { installationId, id: orderId, opportunityId } = order;
    await attempts.makeEach(this.forgotten.files(order), async (fileId) => {
      await this.tracking.removeFile(installationId, opportunityId, fileId);
      removed.files += 1;
    });
    const rows = this.dataSource.getRepository(ReportFileRow);
    for (const file of await rows.findBy({ installationId, orderId })) {
      await attempts.make(() => this.removeFile(opportunityId, file, removed));
    }
  }

  private async removeFile(
    opportunityId: string,
    { installationId, orderId, fileId, reference, uploadStartedAt }: ReportFileRow,
    removed: Removed,
  ): Promise<void> {
    const rows = this.dataSource.getRepository(ReportFileRow);
    const name = fileNameOf(reference);
    const known = fileId ?? (await this.tracking.findFile(installationId, opportunityId, name));
    if (known !== null) {
      await rows.update({ installationId, orderId, reference }, { fileId: known, uploadStartedAt: null });
      await this.tracking.removeFile(installationId, opportunityId, known);
      await rows.delete({ installationId, orderId, reference, fileId: known });
      removed.files += 1;
    } else if (uploadStartedAt !== null) {
      assertSettled('POST /opportunities/:id/files', uploadStartedAt, await this.sharedClock.now());
    }
  }
}

const hasEffect = ({ tags, notes, files }: Removed): boolean => tags + notes + files > 0;
