import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rejectionNote } from '../mapping/refusals.js';
import { changeNote, resultNote, withReference } from '../mapping/result-note.js';
import type { Settings } from '../mapping/settings.js';
import { Clock } from '../platform/clock.js';
import type { Order } from './domain/order.js';
import { OrderBook } from './order-book.js';
import { ProgressNoteRow } from './order.entity.js';
import { OrderVault, type OrderResults } from './order-vault.js';
import { ApplicantTracking } from './ports/applicant-tracking.js';

interface ProgressNote {
  /** Stands in the note's text and finds it again. */
  reference: string;
  text: string;
  secret: boolean;
}

/** The notes an order asks for, each posted once (R1, R4, S2). */
@Injectable()
export class ProgressNotes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tracking: ApplicantTracking,
    private readonly vault: OrderVault,
    private readonly book: OrderBook,
    private readonly clock: Clock,
  ) {}

  /** Posts what is not posted yet. */
  async post(actor: string, order: Order, settings: Settings): Promise<void> {
    for (const note of await this.notesOf(order, settings)) await this.postOnce(actor, order, note);
  }

  private async notesOf(order: Order, settings: Settings): Promise<ProgressNote[]> {
    if (order.status === 'rejected') {
      const content = await this.vault.content(order);
      const reference = referenceOf(order, 'X');
      const refusals = content?.refusals ?? [];
      return refusals.length === 0
        ? []
        : [{ reference, text: withReference(rejectionNote(refusals), reference), secret: false }];
    }
    if (order.status !== 'complete') return [];
    const results = await this.vault.results(order);
    return results ? resultNotes(order, results, settings) : [];
  }

  private async postOnce(actor: string, order: Order, note: ProgressNote): Promise<void> {
    const { installationId, id: orderId, opportunityId } = order;
    const { reference } = note;
    const notes = this.dataSource.getRepository(ProgressNoteRow);
    const known = await notes.findOneBy({ installationId, orderId, reference });
    if (known?.noteId) return;
    // Written down before it is posted: who finds it without an id looks for the note before posting again.
    if (!known) await notes.insert({ installationId, orderId, reference, createdAt: this.clock.now() });
    const found = known ? await this.tracking.findNote(installationId, opportunityId, reference) : null;
    const noteId = found ?? (await this.tracking.addNote(installationId, opportunityId, note));
    await this.book.note(actor, order, {
      event: { kind: 'note_posted', data: { reference, secret: note.secret, foundAgain: found !== null } },
      audit: { action: 'lever.note_posted', data: { reference, noteId, found: found !== null } },
      also: async (tx) => {
        const postedAt = this.clock.now();
        await tx.manager.update(
          ProgressNoteRow,
          { installationId, orderId, reference },
          { noteId, postedAt },
        );
      },
    });
  }
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
      ? [{ reference, text: withReference(changeNote(before, after, settings), reference), secret: true }]
      : [];
  });
  return [
    { reference: first, text: withReference(resultNote(whole, settings), first), secret: true },
    ...changes,
  ];
}

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** Short, and its own for each note of each order: the random end of the order's id and what the note is. */
const referenceOf = (order: Order, note: string): string => `BGC-${order.id.slice(-12)}-${note}`;
