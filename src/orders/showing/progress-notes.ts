import { Injectable } from '@nestjs/common';
import { DataSource, type Repository } from 'typeorm';
import { orderedAfterAllNote, rejectionNote, withdrawalNote } from '../../mapping/refusals.js';
import { withReference } from '../../mapping/result-note.js';
import type { Settings } from '../../mapping/settings.js';
import { Clock } from '../../platform/clock.js';
import { ServicePause } from '../../platform/pause/service-pause.js';
import { SharedClock } from '../../platform/shared-clock.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import type { Order } from '../domain/order.js';
import { isFinal } from '../domain/order-status.js';
import { attachReport } from '../jobs.js';
import { LateWrites } from './late-writes.js';
import { OrderBook, OrderRaceLost } from '../order-book.js';
import { ProgressNoteRow } from '../order.entity.js';
import { OrderVault } from '../order-vault.js';
import { ApplicantTracking } from '../ports/applicant-tracking.js';
import { referenceOf, resultNotes, type ProgressNote } from './result-notes.js';
import { assertSettled, endsBy, surelyNotDone } from './unsettled-write.js';

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
    private readonly sharedClock: SharedClock,
    private readonly pause: ServicePause,
  ) {}

  /** Posts what is not posted yet. Answers the order after it. */
  async post(actor: string, order: Order, settings: Settings): Promise<Order> {
    let noted = order;
    for (const note of await this.notesOf(order, settings)) noted = await this.postOnce(actor, noted, note);
    // While one was posted the order may have come to where it asks for others, and its tags are shown after them (R4).
    return noted === order ? order : this.post(actor, noted, settings);
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
    if (order.status !== 'complete') return [...(await this.afterAllNotes(order)), ...withdrawalNotes(order)];
    const results = await this.vault.results(order);
    return results ? resultNotes(order, results, settings) : [];
  }

  /** Puts right what a refusal's note said, if there is one. Where the check has come to its end, that says it. */
  private async afterAllNotes(order: Order): Promise<ProgressNote[]> {
    if (order.orderedAfterAllAt === null || isFinal(order.status)) return [];
    if (!(await this.mayBeThere(order, referenceOf(order, 'X')))) return [];
    const reference = referenceOf(order, 'A');
    const text = withReference(orderedAfterAllNote(order.fileNumber), reference);
    return [{ reference, text, secret: false, showsReport: false }];
  }

  private async mayBeThere({ installationId, id: orderId }: Order, reference: string): Promise<boolean> {
    const known = await this.rows.findOneBy({ installationId, orderId, reference });
    return known !== null && (known.noteId !== null || known.postStartedAt !== null);
  }

  private async postOnce(actor: string, order: Order, note: ProgressNote): Promise<Order> {
    const { installationId, id: orderId, opportunityId } = order;
    const { reference } = note;
    const known = await this.rows.findOneBy({ installationId, orderId, reference });
    if (known?.noteId) return order;
    const earlier = known?.postStartedAt ?? null;
    // Of an order that is older than a gap in what is known, it may have been posted unknown to us.
    if (earlier !== null || this.pause.forgottenSince(order.createdAt) !== null) {
      const noteId = await this.tracking.findNote(installationId, opportunityId, reference);
      if (noteId !== null) {
        if (!known) await this.mark(order, reference, null);
        return this.posted(actor, order, note, { noteId, found: true });
      }
      if (earlier !== null) {
        assertSettled('POST /opportunities/:id/notes', earlier, await this.sharedClock.now());
      }
    }
    const begunAt = this.clock.now();
    // Written down before it is posted: who finds it so looks for the note before posting again.
    const postStartedAt = await this.mark(order, reference, earlier);
    let noteId: string;
    try {
      noteId = await this.tracking.addNote(installationId, opportunityId, note, endsBy(begunAt));
    } catch (error) {
      if (surelyNotDone(error)) {
        // Its own mark only: another run may be posting it since.
        const own = { installationId, orderId, reference, postStartedAt };
        await this.rows.update(own, { postStartedAt: null });
      }
      throw error;
    }
    return this.posted(actor, order, note, { noteId, found: false });
  }

  private get rows(): Repository<ProgressNoteRow> {
    return this.dataSource.getRepository(ProgressNoteRow);
  }

  /**
   * Answers when posting it begins, by the clock that all processes share.
   * @throws OrderRaceLost when another run marked or posted it since it was read, or the order was erased (A3)
   */
  private async mark(
    { installationId, id: orderId, sequence }: Order,
    reference: string,
    asRead: Date | null,
  ): Promise<Date> {
    const [marked] = await this.dataSource.query<{ postStartedAt: Date }[]>(
      `INSERT INTO progress_notes AS known (installation_id, order_id, reference, post_started_at, created_at)
       SELECT installation_id, id, $3, ${this.sharedClock.sql()}, $4 FROM orders
       WHERE installation_id = $1 AND id = $2 AND erased_at IS NULL
       -- An erasure is either done before it, or finds it written down.
       FOR KEY SHARE
       ON CONFLICT (installation_id, order_id, reference) DO UPDATE SET post_started_at = EXCLUDED.post_started_at
         WHERE known.note_id IS NULL AND known.post_started_at IS NOT DISTINCT FROM $5
       RETURNING post_started_at AS "postStartedAt"`,
      [installationId, orderId, reference, this.clock.now(), asRead],
    );
    if (!marked) throw new OrderRaceLost(orderId, sequence);
    return marked.postStartedAt;
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
  const text = withReference(withdrawalNote(withdrawnReason, fileNumber), reference);
  return [{ reference, text, secret: false, showsReport: false }];
}
