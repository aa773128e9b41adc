import type { UpstreamErrorDetails } from '../platform/errors/upstream-error.js';

/** What recruiters call the fields that VICTIG names. */
const FIELD_WORDS: Readonly<Record<string, string>> = {
  firstName: 'First name',
  middleName: 'Middle name',
  lastName: 'Last name',
  generation: 'Suffix of the name',
  email: 'Email address',
  phoneNumber: 'Phone number',
  textingEnabled: 'Invitation by text',
  proposedPosition: 'Position',
  jobLocation: 'Job location',
  applicantGuid: 'Candidate',
  clientProductGuid: 'Product',
  clientGuid: 'VICTIG client',
  generalReportReference: 'Reference',
  quickappNotifyApplicants: 'Invitation',
  certifyPermissiblePurpose: 'Certification of permissible purpose',
  externalIdentifier: 'Our order number',
};

/**
 * Turns a refusal by VICTIG into plain sentences for a recruiter, without values that were sent. Takes both of its
 * envelopes: `fields` with faults by field name, and `message`.
 * @returns none when nothing readable is left
 */
export function explainRefusal({ fields, vendorMessage }: UpstreamErrorDetails): string[] {
  const byField = Object.entries(fields ?? {}).flatMap(([field, faults]) =>
    faults.flatMap((fault) => explainFault(field, withoutValues(fault))),
  );
  if (byField.length > 0) return [...new Set(byField)];
  const message = withoutValues(vendorMessage ?? '');
  return isReadable(message) ? [sentence(message)] : [];
}

/** The field alone tells what to mend, so it is named also where nothing of the fault is left. */
function explainFault(field: string, fault: string): string[] {
  if (isReadable(fault)) return [sentence(`${wordsFor(field)}: ${fault}`)];
  return isReadable(field) ? [`${wordsFor(field)}: not accepted.`] : [];
}

/** `applicant.lastName` is known as `lastName`; a field without a word of its own is taken apart. */
function wordsFor(field: string): string {
  const name = field.split('.').at(-1) ?? field;
  if (Object.hasOwn(FIELD_WORDS, name)) return FIELD_WORDS[name] ?? name;
  const apart = name
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .trim()
    .toLowerCase();
  return apart === '' ? 'Order' : apart.charAt(0).toUpperCase() + apart.slice(1);
}

const MONTHS =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
const DAY = '\\d{1,2}(?:st|nd|rd|th)?';

/** `10/22/1992`, `1992-10-22T00:00:00Z`, `10/1992`. */
const DATE =
  /(?<!\w|\d[/.-])(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2}\/\d{4})(?:T[\d:.+-]+Z?)?(?![\d/]|[.-]\d)/g;

/** `Oct 22, 1992`, `22nd October 1992`, `May 1992`. */
const DATE_IN_WORDS = new RegExp(
  `(?<![\\w-])(?:${DAY}[\\s-])?(?:${MONTHS})[.,]?[\\s-](?:${DAY}[,\\s-]+)?(?:19|20)\\d\\d\\b`,
  'gi',
);

/** `XXX-XX-3333`, `***-**-3333`: a number of which only some digits are shown. */
const MASKED = /(?<!\w)[(+]?(?=[\sX*•#().-]*\d)(?:[\dX*•#][\s().-]*)*[X*•#]{2}(?:[\s().-]*[\dX*•#])*(?!\w)/gi;

/**
 * Whatever may be a value that was sent: what stands in quotes or brackets, addresses, dates, longer numbers, also where they are
 * masked; and links, which may hold a key.
 */
const VALUES = [
  /(?<!\w)(["'`]).{1,200}?\1(?!\w)/g,
  /[“‘][^”’]{1,200}[”’]/g,
  /\[[^\]]{1,200}\]/g,
  /\bhttps?:\/\/\S+/gi,
  /\S+@[^\s,;]+\w/g,
  DATE,
  DATE_IN_WORDS,
  MASKED,
  /\+?\(?\d[\d\s().-]{3,}\d/g,
];

function withoutValues(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  return VALUES.reduce((left, value) => left.replace(value, '…'), oneLine);
}

const isReadable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
