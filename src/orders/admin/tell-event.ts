import type { AtVictig, OrderEvent } from '../domain/order-event.js';
import type { IgnoreReason } from '../domain/decide-trigger.js';
import { quickAppSentence } from './tell-quick-app.js';
import { wordsOf } from './words-of.js';

/** What ending ours leaves at VICTIG, which has no call to cancel an order. */
export const LEFT_AT_VICTIG: Record<AtVictig, string> = {
  no: 'Nothing was placed at VICTIG.',
  yes: "VICTIG's order goes on, for its API has no call that cancels one: ask VICTIG to cancel it. Results that still come are shown in the timeline only.",
  unknown:
    'Whether VICTIG took the submission is not known yet: it is looked for, and the timeline will say. If it was taken, ask VICTIG to cancel it, for its API has no call that does.',
};

const WITHDRAWN: Record<IgnoreReason, string> = {
  opportunity_not_found: 'Lever has no such opportunity any more',
  not_in_trigger_stage: 'the candidate left the stage before anything was ordered',
  archived: 'the candidate was archived before anything was ordered',
  order_open: 'another order of the candidate is open',
  already_decided: 'it was decided on before',
  already_complete: 'a check is complete already',
  ordered_before_restore: 'Lever shows a check that is not known here',
  still_in_stage: 'the candidate is there',
  no_check_running: 'no check is running',
};

type Kind = OrderEvent['kind'];

/** The data of events of a kind. */
type DataOf<K extends Kind> = OrderEvent extends infer E
  ? E extends { kind: infer Kinds; data: infer D }
    ? K extends Kinds
      ? D
      : never
    : never
  : never;

const TEXTS: { [K in Kind]: (data: DataOf<K>) => string } = {
  opened: ({ deliveryId }) =>
    deliveryId === null
      ? 'The order was opened by hand.'
      : 'The order was opened: the candidate was moved to a stage that orders a check.',
  held: ({ until }) => `Ordering waits until ${until}, as the settings say.`,
  mapped: ({ product, client, sources }) => {
    const reasons = (sources ?? []).flatMap(({ reason }) => reason ?? []);
    return [`Product ${product} is to be ordered under client ${client}.`, ...reasons].join(' ');
  },
  refused: ({ codes }) => `Nothing is ordered, and the recruiter is told why: ${list(codes)}.`,
  withdrawn: ({ reason }) => `Nothing is ordered: ${WITHDRAWN[reason]}.`,
  runs_without_candidate: ({ message }) => message,
  canceled_by_hand: ({ reason, atVictig }) =>
    `The order was canceled by hand${because(reason)}. ${LEFT_AT_VICTIG[atVictig]}`,
  discarded: ({ reason, atVictig }) =>
    `The order in error was discarded${because(reason)}; a new trigger may order again. ${LEFT_AT_VICTIG[atVictig]}`,
  applicant_created: () => 'VICTIG has a record of the applicant.',
  submit_started: () => 'The submission to VICTIG begins.',
  submit_not_received: ({ failure }) => `VICTIG did not take the submission (${wordsOf(failure)}).`,
  placed: ({ fileNumber, foundAgain }) =>
    `VICTIG has the order${under(fileNumber)}${foundAgain ? FOUND_AGAIN : ''}.`,
  placed_after_end: ({ fileNumber }) =>
    `VICTIG took the order after all${under(fileNumber)}, though ours had ended: ask VICTIG to cancel it.`,
  placed_twice: ({ fileNumber }) =>
    `VICTIG has another order of this check${under(fileNumber)}: ask VICTIG which of them to cancel.`,
  file_number: ({ fileNumber }) => `VICTIG gave the order file number ${fileNumber}.`,
  observed: ({ rawStatus, unknown, results }) => {
    if (unknown) {
      return `VICTIG says ${rawStatus}, which is in no table: what is shown is kept, and a person should look.`;
    }
    return results
      ? 'VICTIG completed the order after ours had ended: the results stand here and nowhere else.'
      : `VICTIG says ${rawStatus}.`;
  },
  quick_app: quickAppSentence,
  results_taken: ({ revision }) =>
    revision === 1
      ? 'The check is complete and its results were taken in.'
      : `The report changed and was taken in again (revision ${revision}).`,
  trouble: ({ message }) =>
    `What is to be done next fails for now and is tried again: ${withoutStop(message)}.`,
  waits_for_turn: ({ vendor }) =>
    `It waits for its turn: other work is before it, and ${vendor} allows only so many calls.`,
  error_shown: ({ failure }) =>
    `It has not gone on for so long (${wordsOf(failure)}) that Lever shows Error; it is still tried.`,
  note_posted: ({ secret, foundAgain }) =>
    `A ${secret ? 'secret ' : ''}note was posted in Lever${foundAgain ? FOUND_AGAIN : ''}.`,
  tags_set: ({ added, removed, notAdded, notRemoved }) => {
    // An erasure takes the tags away, and old events have no list of what failed.
    const parts = [
      ...told('Put on the opportunity', added),
      ...told('Taken away', removed),
      ...told('Not taken by Lever', notAdded),
      ...told('Not let go by Lever', notRemoved),
    ];
    return parts.length === 0 ? 'The tags in Lever were set.' : parts.join(' ');
  },
  report_trouble: ({ message, permission, untilConnected }) => {
    const goesOn =
      untilConnected === true
        ? 'Lever is not up to date, and will not be before it is connected again'
        : 'Lever is not up to date for now, and it is tried again';
    const lacks = permission === null ? '' : `; the credentials lack ${permission}`;
    return `${goesOn}: ${withoutStop(message)}${lacks}.`;
  },
  report_trouble_over: () => 'Lever is up to date again.',
  report_attached: () => "The report's PDF is in the opportunity's files.",
  attach_failed: ({ failure, code, givenUp }) =>
    `The report's PDF could not be attached (${code ?? wordsOf(failure)})${givenUp ? ' and is not tried again' : ''}.`,
  opportunity_gone: () => 'The opportunity was deleted in Lever: there is nothing to show the order on.',
  erased: ({ cause, untold }) => {
    const erased =
      cause === 'request'
        ? 'Personal data and results were erased on request.'
        : 'Personal data and results were erased, for their time was up.';
    return untold === true ? `${erased} ${ERASED_UNTOLD}` : erased;
  },
  hold_set: ({ reason }) => `A legal hold was set (${reason}): nothing is erased.`,
  hold_lifted: ({ reason }) => `The legal hold was lifted (${reason}).`,
  removed_from_lever: ({ tags, tagsLeft = 0, notes, files = 0, gone, notesStay }) => {
    if (gone) return 'The opportunity is gone from Lever: nothing of ours is left there.';
    const stays = tagsLeft === 0 ? '' : ` Lever did not let go of others (${tagsLeft}): remove them there.`;
    return notesStay === true
      ? `Our tags (${tags}) were removed from Lever; notes and files that are there stay.${stays}`
      : `Our tags (${tags}), notes (${notes}) and files (${files}) were removed from Lever.${stays}`;
  },
};

/** One sentence for a person who has never seen the order. Holds no more than the event does. */
export function tellEvent<K extends Kind>(kind: K, data: DataOf<K>): string {
  // A newer version that was rolled back may have written others.
  return Object.hasOwn(TEXTS, kind) ? TEXTS[kind](data) : wordsOf(kind);
}

const ERASED_UNTOLD =
  'Lever had not been told yet how the order ended, and is not any more: tags of ours that still show it otherwise are taken away there.';

const FOUND_AGAIN = '; it was found there after its answer was lost';

const told = (what: string, tags: readonly string[] | undefined): string[] =>
  tags === undefined || tags.length === 0 ? [] : [`${what}: ${list(tags)}.`];

const list = (items: readonly string[]): string => items.join(', ');

/** Of a message that is a sentence already. */
const withoutStop = (message: string): string => message.replace(/\.$/, '');

const because = (reason: string | null): string => (reason === null ? '' : ` (${reason})`);

/** VICTIG may have given none yet. */
const under = (fileNumber: string): string => (fileNumber === '' ? '' : ` under file number ${fileNumber}`);
