import { loginLinkOf } from './login-link.js';
import { withoutNeverTold } from './never-told.js';
import { foreignText, textOrNull } from './plain-text.js';
import type { Settings } from './settings.js';

/** What may be told of a report in Lever (R1); there is deliberately no room here for more. */
export interface ReportSummary {
  product: string;
  client: string;
  /** The order's number at VICTIG. */
  fileNumber: string;
  orderedAt: Date | null;
  completedAt: Date | null;
  flagged: boolean;
  /** The value selected on the report, as is; null: none was selected (R3). */
  decision: string | null;
  /** One was selected, and given in a form that cannot be told. */
  isDecisionUnknown?: boolean;
  searches: readonly { name: string; status: string }[];
  /** The link that requires a login; a keyed one is left out of the note. */
  reportLink: string | null;
}

type Findings = Pick<ReportSummary, 'flagged' | 'decision' | 'isDecisionUnknown'>;
type NoteSettings = Pick<Settings, 'flag' | 'decision'>;

/**
 * Lever publishes no limit for a note, so ours is small; in UTF-16 units, the reference included.
 * https://hire.lever.co/developer/documentation#create-a-note
 */
export const NOTE_LIMIT = 4000;

const CUT_MARK = '… (cut; the whole is in the VICTIG portal)';

/** The secret note of a finished check (R1). The link stands before the searches, so that a cut never takes it. */
export function resultNote(report: ReportSummary, settings: NoteSettings): string {
  const link = loginLinkOf(report.reportLink);
  return [
    'Background check complete',
    `Product: ${quoted(report.product)}`,
    `Client: ${quoted(report.client)}`,
    `Order number: ${quoted(report.fileNumber)}`,
    `Ordered: ${dayOf(report.orderedAt)}`,
    `Completed: ${dayOf(report.completedAt)}`,
    ...(settings.flag.enabled ? [`Flagged: ${yesNo(report.flagged)}`] : []),
    ...(settings.decision.enabled ? [`Decision: ${decisionOf(report) ?? 'no decision on the report'}`] : []),
    link === null ? "Report: in VICTIG's portal (login required)" : `Report (login required): ${link}`,
    ...searchLines(report.searches),
  ].join('\n');
}

/**
 * The note that follows when a reopened report came to another flag or decision (R4). Null where nothing that may be told
 * has changed: a note even of that would hint at what is disabled, for a report that stayed the same gets none.
 */
export function changeNote(
  { fileNumber }: Pick<ReportSummary, 'fileNumber'>,
  { before, after }: { before: Findings; after: Findings },
  settings: NoteSettings,
): string | null {
  const [decisionBefore, decisionAfter] = [decisionOf(before) ?? 'none', decisionOf(after) ?? 'none'];
  const changes: string[] = [];
  if (settings.flag.enabled && before.flagged !== after.flagged) {
    changes.push(`Flagged: ${yesNo(after.flagged)} (before: ${yesNo(before.flagged)})`);
  }
  if (settings.decision.enabled && decisionBefore !== decisionAfter) {
    changes.push(`Decision: ${decisionAfter} (before: ${decisionBefore})`);
  }
  if (changes.length === 0) return null;
  // A candidate may have been checked more than once.
  return ['Background check result changed', `Order number: ${quoted(fileNumber)}`, ...changes].join('\n');
}

/** The text with a last line by which the note is found again. A long text is cut, the reference never. */
export function withReference(text: string, reference: string): string {
  const last = `\nReference: ${reference}`;
  return `${cut(text, NOTE_LIMIT - last.length)}${last}`;
}

/** That of a note of ours; null: it ends without one. */
export const referenceIn = (text: string): string | null => /\nReference: (\S+)\s*$/.exec(text)?.[1] ?? null;

const searchLines = (searches: ReportSummary['searches']): string[] =>
  searches.length === 0
    ? ['Searches: VICTIG lists none; see the report']
    : ['Searches:', ...searches.map(({ name, status }) => `- ${quoted(name)}: ${quoted(status)}`)];

const UNKNOWN_FORM = 'given in a form that is not known; see the report';

function decisionOf({ decision, isDecisionUnknown }: Findings): string | null {
  if (isDecisionUnknown) return UNKNOWN_FORM;
  return textOrNull(decision) === null ? null : quoted(decision ?? '');
}

/** VICTIG's words in our note. */
const quoted = (text: string): string =>
  textOrNull(foreignText(withoutNeverTold(text, loginLinkOf))) ?? 'not stated';

/** The text as far as there is room, with a mark when it was cut. */
function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  // Half of a surrogate pair is no character; Lever would show a replacement sign.
  return `${text.slice(0, Math.max(0, room - CUT_MARK.length)).replace(/[\uD800-\uDBFF]$/, '')}${CUT_MARK}`;
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

const dayOf = (date: Date | null): string =>
  date === null || Number.isNaN(date.getTime()) ? 'not stated' : date.toISOString().slice(0, 10);
