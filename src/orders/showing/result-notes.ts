import { changeNote, resultNote, withReference } from '../../mapping/result-note.js';
import type { Settings } from '../../mapping/settings.js';
import type { Order } from '../domain/order.js';
import type { AttachJob } from '../jobs.js';
import type { OrderResults } from '../order-vault.js';

export interface ProgressNote {
  /** Stands in the note's text and finds it again. */
  reference: string;
  text: string;
  secret: boolean;
  /** The report itself is to follow it into the opportunity's files (R5). */
  showsReport: boolean;
}

type NoteSettings = Pick<Settings, 'flag' | 'decision' | 'attachReport'>;

/**
 * The notes of a completed order (R1, R4). Each is known by which time it was that results were taken, so that one which
 * has nothing to tell is left out and the others stay what they are. What it left untold is the same before and after, so
 * that the next tells what changed since the note before it.
 */
export function resultNotes(
  order: Pick<Order, 'id'>,
  { report, revisions }: OrderResults,
  settings: NoteSettings,
): ProgressNote[] {
  const whole = {
    ...report,
    orderedAt: dateOf(report.orderedAt),
    completedAt: dateOf(report.completedAt),
    ...revisions[0],
  };
  const noteOf = (revision: number, text: string): ProgressNote => {
    const reference = resultReference(order, revision);
    return {
      reference,
      text: withReference(text, reference),
      secret: true,
      showsReport: settings.attachReport,
    };
  };
  const changes = revisions.slice(1).flatMap((after, index) => {
    const before = revisions[index];
    const text = before ? changeNote(report, { before, after }, settings) : null;
    return text === null ? [] : [noteOf(index + 2, text)];
  });
  return [noteOf(1, resultNote(whole, settings)), ...changes];
}

/** By what the latest report is to be uploaded although no note tells of it; null: it is not, or follows its note (R5). */
export function untoldReport(
  order: Pick<Order, 'id'>,
  results: OrderResults,
  settings: NoteSettings,
): string | null {
  const reference = resultReference(order, results.revisions.length);
  const isTold = resultNotes(order, results, settings).some((note) => note.reference === reference);
  return isTold || !settings.attachReport ? null : reference;
}

/**
 * What has the report uploaded that is not in the files yet, if a try failed and was given up or waits (R5). The latest alone: an
 * earlier one is no more to be had.
 */
export const missingReport = (
  order: Pick<Order, 'installationId' | 'id' | 'status' | 'reportRevision' | 'reportWarnings'>,
): AttachJob | null =>
  order.status === 'complete' && order.reportWarnings.some(({ code }) => code === 'report_not_attached')
    ? {
        installationId: order.installationId,
        orderId: order.id,
        reference: resultReference(order, order.reportRevision),
      }
    : null;

/** Short, and its own for each note of each order: the random end of the order's id and what the note is. */
export const referenceOf = ({ id }: Pick<Order, 'id'>, note: string): string =>
  `BGC-${id.slice(-12)}-${note}`;

/** Whether it was made by `referenceOf` for a note of the order. */
export const isReferenceOf = (order: Pick<Order, 'id'>, reference: string | null): boolean =>
  reference?.startsWith(referenceOf(order, '')) ?? false;

const resultReference = (order: Pick<Order, 'id'>, revision: number): string =>
  referenceOf(order, `R${revision}`);

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
