import { Injectable } from '@nestjs/common';
import { DataSource, type Repository } from 'typeorm';
import { rejectionNote, withdrawalNote } from '../mapping/refusals.js';
import { changeNote, resultNote, withReference } from '../mapping/result-note.js';
import type { Settings } from '../mapping/settings.js';
import { Clock } from '../platform/clock.js';
import { ServicePause } from '../platform/pause/service-pause.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import type { Order } from './domain/order.js';
import { isFinal } from './domain/order-status.js';
import { attachReport } from './jobs.js';
import { LateWrites } from './late-writes.js';
import { OrderBook } from './order-book.js';
import { ProgressNoteRow } from './order.entity.js';
import { OrderVault, type OrderResults } from './order-vault.js';
import { ApplicantTracking } from './ports/applicant-tracking.js';
import { assertSettled, surelyNotDone } from './unsettled-write.js';

interface ProgressNote {
  /** Stands in the note's text and finds it again. */
  reference: string;
  text: string;
  secret: boolean;
  /** The report itself is to follow it into the opportunity's files (R5). */
  showsReport: boolean;
}

/** The notes an order asks for, each posted once (R1, R4, S2). */
@Injectable()
export class ProgressNotes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tracking: ApplicantTracking,
    private readonly vault: OrderVault,
    private readonly book: OrderBook,
    private readonly jobs: JobQueue,
    private readonly lateWrites: LateWrites,
    private readonly clock: Clock,
    private readonly pause: ServicePause,
  ) {}

  /** Posts what is not posted yet. Answers the order after it. */
  async post(actor: string, order: Order, settings: Settings): Promise<Order> {
    let noted = order;
    for (const note of await this.notesOf(order, settings)) noted = await this.postOnce(actor, noted, note);
    return noted;
  }

  private async notesOf(order: Order, settings: Settings): Promise<ProgressNote[]> {
    if (order.status === 'rejected') {
      const content = await this.vault.content(order);
      const reference = referenceOf(order, 'X');
      const refusals = content?.refusals ?? [];
      return refusals.length === 0
        ? []
        : [
            {
              reference,
              text: withReference(rejectionNote(refusals), reference),
              secret: false,
              showsReport: false,
            },
          ];
    }
    if (order.status !== 'complete') return withdrawalNotes(order);
    const results = await this.vault.results(order);
    return results ? resultNotes(order, results, settings) : [];
  }

  private async postOnce(actor: string, order: Order, note: ProgressNote): Promise<Order> {
    const { installationId, id: orderId, opportunityId } = order;
    const { reference } = note;
    const known = await this.rows.findOneBy({ installationId, orderId, reference });
    if (known?.noteId) return order;
    const startedAt = known?.postStartedAt ?? null;
    // Of an order that is older than a gap in what is known, it may have been posted unknown to us.
    if (startedAt !== null || this.pause.forgottenSince(order.createdAt) !== null) {
      const noteId = await this.tracking.findNote(installationId, opportunityId, reference);
      if (noteId !== null) {
        if (!known) await this.markStarted(order, reference, null);
        return this.posted(actor, order, note, { noteId, found: true });
      }
      if (startedAt !== null) {
        assertSettled('POST /opportunities/:id/notes', startedAt, this.clock.now());
      }
    }
    // Written down before it is posted: who finds it so looks for the note before posting again.
    await this.markStarted(order, reference, this.clock.now());
    let noteId: string;
    try {
      noteId = await this.tracking.addNote(installationId, opportunityId, note);
    } catch (error) {
      if (surelyNotDone(error)) await this.markStarted(order, reference, null);
      throw error;
    }
    return this.posted(actor, order, note, { noteId, found: false });
  }

  private get rows(): Repository<ProgressNoteRow> {
    return this.dataSource.getRepository(ProgressNoteRow);
  }

  private async markStarted(
    { installationId, id: orderId }: Order,
    reference: string,
    postStartedAt: Date | null,
  ): Promise<void> {
    const key = { installationId, orderId, reference };
    const changed = await this.rows.update(key, { postStartedAt });
    if (changed.affected === 0) {
      await this.rows.insert({ ...key, postStartedAt, createdAt: this.clock.now() });
    }
  }

  private async posted(
    actor: string,
    order: Order,
    { reference, secret, showsReport }: ProgressNote,
    { noteId, found }: { noteId: string; found: boolean },
  ): Promise<Order> {
    const { installationId, id: orderId } = order;
    return this.book.note(actor, order, {
      event: { kind: 'note_posted', data: { reference, secret, foundAgain: found } },
      audit: { action: 'lever.note_posted', data: { reference, noteId, found } },
      also: async (tx, current) => {
        await tx.manager.update(
          ProgressNoteRow,
          { installationId, orderId, reference },
          { noteId, postedAt: this.clock.now(), postStartedAt: null },
        );
        if (showsReport) await this.jobs.send(tx, attachReport, { installationId, orderId, reference });
        await this.lateWrites.removeAgain(tx, current);
      },
    });
  }
}

/** A check that has come to its end does not run any more; where the opportunity is gone there is nobody to tell. */
function withdrawalNotes(order: Order): ProgressNote[] {
  const { withdrawnReason, fileNumber, status } = order;
  if (withdrawnReason === null || withdrawnReason === 'opportunity_not_found' || isFinal(status)) return [];
  const reference = referenceOf(order, 'W');
  const text = withReference(withdrawalNote(withdrawnReason, fileNumber ?? ''), reference);
  return [{ reference, text, secret: false, showsReport: false }];
}

function resultNotes(order: Order, { report, revisions }: OrderResults, settings: Settings): ProgressNote[] {
  const first = referenceOf(order, 'R1');
  const whole = {
    ...report,
    orderedAt: dateOf(report.orderedAt),
    completedAt: dateOf(report.completedAt),
    ...revisions[0],
  };
  const changes = revisions.slice(1).flatMap((after, index) => {
    const before = revisions[index];
    const reference = referenceOf(order, `R${index + 2}`);
    return before
      ? [
          {
            reference,
            text: withReference(changeNote(before, after, settings), reference),
            secret: true,
            showsReport: settings.attachReport,
          },
        ]
      : [];
  });
  return [
    {
      reference: first,
      text: withReference(resultNote(whole, settings), first),
      secret: true,
      showsReport: settings.attachReport,
    },
    ...changes,
  ];
}

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** Short, and its own for each note of each order: the random end of the order's id and what the note is. */
const referenceOf = (order: Order, note: string): string => `BGC-${order.id.slice(-12)}-${note}`;
