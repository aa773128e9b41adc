interface AllowedDifference {
  /** Folder and file of the recording. */
  exchange: string;
  difference: string;
  reason: string;
}

const POSTINGS = 'lever/get-postings';
const NOT_MODELLED = 'one or two old postings of that account carry it; nothing of ours reads it';

/** What may differ between a recorded answer and the sandbox's, and why. Anything else fails the test. */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  {
    exchange: POSTINGS,
    difference: '.data[].user is null or string as recorded, string in the sandbox',
    reason: NOT_MODELLED,
  },
  {
    exchange: POSTINGS,
    difference: '.data[].hiringManager is null or string as recorded, null in the sandbox',
    reason: NOT_MODELLED,
  },
  {
    exchange: POSTINGS,
    difference: '.data[].content.closing is blank text or string as recorded, blank text in the sandbox',
    reason: 'the sandbox writes no job advertisements',
  },
  {
    exchange: POSTINGS,
    difference: '.data[].content.closingHtml is blank text or string as recorded, blank text in the sandbox',
    reason: 'the sandbox writes no job advertisements',
  },
  {
    exchange: POSTINGS,
    difference: '.data[].reqCode is blank text or null as recorded, null in the sandbox',
    reason: NOT_MODELLED,
  },
  {
    exchange: POSTINGS,
    difference: '.data[].salaryRange is recorded, the sandbox lacks it',
    reason: 'absent when unset, and never set in the sandbox',
  },
  {
    exchange: POSTINGS,
    difference: '.data[].content.lists[] is recorded, the sandbox lacks it',
    reason: 'the sandbox writes no job advertisements',
  },
  {
    exchange: POSTINGS,
    difference: '.data[].requisitionCodes[] is recorded, the sandbox lacks it',
    reason: NOT_MODELLED,
  },
];
