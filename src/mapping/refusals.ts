import { foreignText, quote, quoteAll } from './plain-text.js';

/** Every reason why a background check is not ordered that a recruiter, or whom they ask, can mend. */
export const REFUSAL_CODES = [
  'missing_email',
  'invalid_email',
  'missing_name',
  'single_name',
  'unknown_product',
  'default_product_missing',
  'ambiguous_product',
  'conflicting_product_tags',
  'sub_client_not_found',
  'sub_client_ambiguous',
  'conflicting_sub_client_tags',
  'conflicting_reference_tags',
  'text_without_phone',
  'no_invitation',
  'victig_refused',
  'earlier_order_placed',
  'candidate_anonymized',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface Refusal {
  code: RefusalCode;
  /** The golden text that the recruiter reads in the Rejected note (S2). */
  message: string;
}

/** The existing thing that is most like what was asked for. */
export interface Nearest {
  name: string;
  /** In what alone the two differ when it is hard to see, e.g. `the kind of dash`. */
  differsOnlyIn: string | null;
}

/** The nearest there is; null for none; `unnamed` where it is nobody's business here. */
export type Hint = Nearest | null | 'unnamed';

/** Clients by their names, or only how many. */
export type Several = readonly string[] | number;

/** What was compared with which field of VICTIG's clients. */
export interface SubClientQuestion {
  field: 'code' | 'name' | 'city';
  /** Null when the job has no location. */
  value: string | null;
  askedBy: 'tag' | 'location';
}

interface RefusalFacts {
  missing_email: null;
  invalid_email: null;
  missing_name: null;
  single_name: null;
  /** `asked` is empty when the tag is only the prefix. */
  unknown_product: { tag: string; asked: string; client: string; nearest: Nearest | null };
  default_product_missing: { product: string; client: string; nearest: Nearest | null };
  ambiguous_product: { product: string; client: string; count: number };
  conflicting_product_tags: { tags: readonly string[] };
  sub_client_not_found: SubClientQuestion & { nearest: Hint };
  sub_client_ambiguous: SubClientQuestion & { clients: Several };
  conflicting_sub_client_tags: { tags: readonly string[] };
  conflicting_reference_tags: { tags: readonly string[] };
  text_without_phone: null;
  no_invitation: null;
  /** The provider's own sentences; they hold none of the values that were sent. */
  victig_refused: { messages: readonly string[] };
  /** `fileNumber` is empty while VICTIG has given that order none. */
  earlier_order_placed: { fileNumber: string };
  candidate_anonymized: null;
}

const MOVE = 'then move the candidate out of and back into the stage.';
const ADMINISTRATOR = 'the administrator of the VICTIG connection';

const nearestPhrase = (nearest: Nearest | null, things: string): string => {
  if (!nearest) return `there are no ${things}`;
  const name = `the nearest is ${quote(nearest.name)}`;
  return nearest.differsOnlyIn === null ? name : `${name}, which differs only in ${nearest.differsOnlyIn}`;
};

/** How many they are. */
export const countOf = (clients: Several): number => (typeof clients === 'number' ? clients : clients.length);

/** Their names between what stands before and after them; nothing where they are not named. */
export const named = (clients: Several, before: string, after = ''): string =>
  typeof clients === 'number' ? '' : `${before}${quoteAll(clients)}${after}`;

/** The golden texts: what is wrong and how to mend it, for a recruiter (S2). The text begins with `OPENING`. */
const TEXTS: { [C in RefusalCode]: (facts: RefusalFacts[C]) => string } = {
  missing_email: () => `the opportunity has no email address. Add one, ${MOVE}`,

  invalid_email: () => `the opportunity has no valid email address. Correct it or add another, ${MOVE}`,

  missing_name: () =>
    `the opportunity does not give the candidate's name. Enter the first and last name, ${MOVE}`,

  single_name: () =>
    `the candidate's name has only one part, and VICTIG needs a first and a last name. Complete the name, ${MOVE}`,

  unknown_product: ({ tag, asked, client, nearest }) =>
    (asked === ''
      ? `the tag ${quote(tag)} names no product of VICTIG's client ${quote(client)}; `
      : `the tag ${quote(tag)} asks for a product that VICTIG's client ${quote(client)} does not have; `) +
    `${nearestPhrase(nearest, 'products')}. Correct or remove the tag, ${MOVE}`,

  default_product_missing: ({ product, client, nearest }) =>
    `the default product ${quote(product)} does not exist in VICTIG's client ${quote(client)}; ` +
    `${nearestPhrase(nearest, 'products')}. Ask ${ADMINISTRATOR} to correct the setting, ${MOVE}`,

  ambiguous_product: ({ product, client, count }) =>
    `VICTIG's client ${quote(client)} has ${count} products named ${quote(product)}, so it is not clear which one is meant. ` +
    `Ask VICTIG to rename all but one, ${MOVE}`,

  conflicting_product_tags: ({ tags }) =>
    `the tags ${quoteAll(tags)} ask for different products. Remove all but one, ${MOVE}`,

  sub_client_not_found: ({ field, value, askedBy, nearest }) => {
    if (value === null) {
      return `the job has no location, and the VICTIG client is chosen by it. Give the job a location, ${MOVE}`;
    }
    const asked =
      askedBy === 'tag'
        ? `the sub-client tag asks for ${quote(value)}`
        : `the job's location gives ${quote(value)}`;
    const mend = askedBy === 'tag' ? 'Correct or remove the tag' : "Correct the job's location";
    const hint = nearest === 'unnamed' ? '' : `; ${nearestPhrase(nearest, `clients with a ${field}`)}`;
    return (
      `${asked}, and no VICTIG client has that ${field}${hint}. ` +
      `${mend}, or ask ${ADMINISTRATOR} to add the client, ${MOVE}`
    );
  },

  sub_client_ambiguous: ({ field, value, askedBy, clients }) => {
    const asked =
      askedBy === 'tag'
        ? `the sub-client tag asks for ${quote(value ?? '')}`
        : `the job's location gives ${quote(value ?? '')}`;
    return (
      `${asked}, and ${countOf(clients)} VICTIG clients have that ${field}${named(clients, ': ')}. ` +
      `Ask ${ADMINISTRATOR} to make clear which one is meant, ${MOVE}`
    );
  },

  conflicting_sub_client_tags: ({ tags }) =>
    `the tags ${quoteAll(tags)} ask for different sub-clients. Remove all but one, ${MOVE}`,

  conflicting_reference_tags: ({ tags }) =>
    `the tags ${quoteAll(tags)} give different references. Remove all but one, ${MOVE}`,

  text_without_phone: () =>
    `candidates are invited by text message only, and the opportunity has no valid phone number. Add one, ${MOVE}`,

  no_invitation: () =>
    `the settings invite candidates neither by email nor by text message. Ask ${ADMINISTRATOR} to choose one, ${MOVE}`,

  victig_refused: ({ messages }) => {
    const sentences = messages.map(asSentence).filter((sentence) => sentence !== '');
    return sentences.length === 0
      ? `VICTIG refused the request without giving a reason. Ask VICTIG for it, mend what it names, ${MOVE}`
      : `VICTIG refused the request: ${sentences.join(' ')} Mend what it names, ${MOVE}`;
  },

  earlier_order_placed: ({ fileNumber }) =>
    `VICTIG already has ${earlierOrder(fileNumber)}, which was sent earlier and whose answer was lost. ` +
    'Nothing was ordered now, so that it is not paid for twice. Use that order, or ask VICTIG to cancel it; ' +
    `for another one, move the candidate out of and back into the stage then, or ask ${ADMINISTRATOR} to order it by hand.`,

  candidate_anonymized: () =>
    'the candidate has been anonymized in Lever, so there is nobody to invite. Nothing can be ordered for this opportunity.',
};

function earlierOrder(fileNumber: string): string {
  const number = foreignText(fileNumber, 40);
  return number === '' ? 'an order of this candidate' : `order ${number} of this candidate`;
}

const OPENING = 'Background check not ordered: ';

const asSentence = (message: string): string => {
  const text = foreignText(message, 300);
  return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`;
};

/** Codes whose text needs no facts are given alone. */
type FactsOf<C extends RefusalCode> = RefusalFacts[C] extends null ? [] : [facts: RefusalFacts[C]];

/** The refusal of a code with its golden text, which holds no personal data of the candidate. */
export function refusal<C extends RefusalCode>(code: C, ...facts: FactsOf<C>): Refusal {
  const text: (facts: RefusalFacts[C]) => string = TEXTS[code];
  return { code, message: OPENING + text((facts[0] ?? null) as RefusalFacts[C]) };
}

/** The text of the Rejected note: each refusal on a line of its own (S2). */
export const rejectionNote = (refusals: readonly Refusal[]): string =>
  refusals.map(({ message }) => message).join('\n');

/** Why a candidacy is not, or no longer, one for which a check is ordered. */
export const WITHDRAWAL_REASONS = ['not_in_trigger_stage', 'archived', 'opportunity_not_found'] as const;
export type WithdrawalReason = (typeof WITHDRAWAL_REASONS)[number];

const WITHDRAWN: Record<WithdrawalReason, string> = {
  not_in_trigger_stage: 'the candidate has left the stage',
  archived: 'the candidate has been archived',
  opportunity_not_found: 'the opportunity is not in Lever any more',
};

/** @param fileNumber blank or null: the order has none yet */
function orderOf(fileNumber: string | null): string {
  const number = foreignText(fileNumber ?? '', 40);
  return number === '' ? "this candidate's order" : `order ${number}`;
}

/**
 * The golden text of the note when VICTIG turns out to have taken what the recruiter was told was not ordered. It holds no
 * result and nothing personal.
 * @param fileNumber the order's number at VICTIG; blank or null: it has none yet
 */
export const orderedAfterAllNote = (fileNumber: string | null): string =>
  `Background check ordered after all: VICTIG has taken ${orderOf(fileNumber)}, though an earlier note says otherwise. ` +
  'The check runs, and moving the candidate into the stage again orders no other. ' +
  'If it is not wanted, ask VICTIG to cancel it.';

/**
 * The golden text of the note, and of the timeline, when a candidate is withdrawn while the check runs. It holds no
 * result and nothing personal.
 * @param fileNumber the order's number at VICTIG; blank or null: it has none yet
 */
export function withdrawalNote(reason: WithdrawalReason, fileNumber: string | null): string {
  const order = orderOf(fileNumber);
  return (
    `Background check still running: ${WITHDRAWN[reason]}, but VICTIG goes on with ${order}. ` +
    `Only VICTIG can stop it: if the check is not wanted any more, ask VICTIG to cancel ${order}.`
  );
}
