import type { ListedOrder, ScreeningOrder } from '../ports/screening-provider.js';
import type { Order } from './order.js';
import { isFinal } from './order-status.js';
import { quickAppWarning } from './quick-app.js';

/** An open order is never silent for longer, as far as the provider's calls of the day allow (V3). */
export const LONGEST_SILENCE_MS = 3_600_000;

/** A client that was quiet for a while is asked about again after this part of it: news are rarely late by more. */
const QUIET_SHARE = 0.1;

/** Rounds come late and take their time; twice this is still within the longest silence. */
const LONGEST_INTERVAL_MS = LONGEST_SILENCE_MS / 2;

/** The provider's clock and the rounding of its moments put orders of one time in either sequence. */
const SEQUENCE_SLACK_MS = 60_000;

/** What a list of orders says of one, or would say, as one text; moments are rounded to the second there. */
export function listingOf({
  rawStatus,
  flagged,
  modifiedAt,
}: Pick<ListedOrder | ScreeningOrder, 'rawStatus' | 'flagged' | 'modifiedAt'>): string {
  const second = modifiedAt === null ? '' : Math.round(modifiedAt.getTime() / 1_000);
  return `${rawStatus}|${flagged}|${second}`;
}

/** Ends what a list says of an order that was not read for it yet. */
const TO_READ = '?';

/** Ends, before that, what it says of one whose own answer was older. */
const AHEAD = '~';

/** What is kept of a list's word on an order that is to be read for it: with the order, for jobs hold no results (A3). */
export function listingToRead(listed: ListedOrder, listedAs: string | null = null): string {
  const listing = listingOf(listed);
  const isSecond = listedAs === `${listing}${AHEAD}` || listedAs === `${listing}${AHEAD}${TO_READ}`;
  return `${listing}${isSecond ? AHEAD : ''}${TO_READ}`;
}

/**
 * What is kept once an order was read: what a list said that it was read for, and else what one would say of it. Where the answer
 * was older than the list's word, it is to be read for that once more, and not again: some lists never agree.
 */
export function listingOnceRead(listedAs: string | null, observed: Parameters<typeof listingOf>[0]): string {
  if (!listedAs?.endsWith(TO_READ)) return listingOf(observed);
  const listing = listedAs.slice(0, -TO_READ.length);
  if (listing.endsWith(AHEAD)) return listing.slice(0, -AHEAD.length);
  return secondIn(listing) > secondIn(listingOf(observed)) ? `${listing}${AHEAD}` : listing;
}

/**
 * What is kept once an order was read that lists had told nothing new of for long (V3). An answer that is as the last one was keeps
 * the list's word: it was asked about once more, and a list that never agrees is to cost no further reading in the next round.
 */
export const listingAfterSilence = (
  { rawStatus, listedAs }: Pick<Order, 'rawStatus' | 'listedAs'>,
  observed: Parameters<typeof listingOf>[0],
): string =>
  listedAs === null || listedAs.endsWith(TO_READ) || observed.rawStatus !== rawStatus
    ? listingOnceRead(listedAs, observed)
    : withoutEnd(listedAs, AHEAD);

const withoutEnd = (text: string, end: string): string =>
  text.endsWith(end) ? text.slice(0, -end.length) : text;

/** NaN, which is neither older nor newer, where it tells none. */
const secondIn = (listing: string): number =>
  Number.parseInt(listing.slice(listing.lastIndexOf('|') + 1), 10);

/**
 * Whether an order is to be read, now that a list tells of it: it changed, it could not be read before, or its
 * invitation nears its end. Lists are compared with lists, so that one that never agrees with the order itself
 * costs one reading and not one each round. Of an erased order nothing is taken in again (A3).
 */
export function isToBeRead(
  order: Pick<Order, 'status' | 'listedAs' | 'trouble' | 'quickApp' | 'refreshedAt' | 'erasedAt'>,
  listed: ListedOrder,
  now: Date,
): boolean {
  if (order.erasedAt !== null) return false;
  if (order.trouble !== null) return true;
  if (order.listedAs === `${listingOf(listed)}${AHEAD}`) return isSilent(order, now);
  if (order.listedAs !== listingOf(listed)) return true;
  const { quickApp } = order;
  return (
    order.status === 'pending' &&
    quickApp !== null &&
    quickAppWarning(quickApp.expiresAt, now) !== quickApp.warning
  );
}

/** Near enough to the longest silence: rounds do not begin to the second. */
const isSilent = ({ refreshedAt }: Pick<Order, 'refreshedAt'>, now: Date): boolean =>
  refreshedAt === null || now.getTime() - refreshedAt.getTime() >= LONGEST_SILENCE_MS - SEQUENCE_SLACK_MS;

/**
 * Whether a list that has no order read says what the order's own answer said: then it was heard of, and need not be asked about.
 * One that says otherwise may have been ahead of that answer, and the order is silent until it is read once more.
 */
export const isConfirmed = (
  order: Pick<Order, 'rawStatus' | 'listedAs'>,
  { rawStatus }: Pick<ListedOrder, 'rawStatus'>,
): boolean => order.rawStatus === rawStatus && !order.listedAs?.endsWith(AHEAD);

/**
 * Whether what became of an order of ours is to be looked up, now that a list tells of one with its id (V4): it ended before
 * anybody knew that it was placed, and nobody looks any more. Once for what the list says, so that what is not found then
 * costs no calls each round. Of an erased order nothing is taken in again (A3).
 */
export function isToBeLookedUp(
  order: Pick<Order, 'status' | 'providerOrderGuid' | 'submitStartedAt' | 'listedAs' | 'erasedAt'>,
  listed: ListedOrder,
): boolean {
  if (order.providerOrderGuid !== null || order.erasedAt !== null) return false;
  // Of a submission that is under way it is being found out.
  if (!isFinal(order.status) || order.submitStartedAt !== null) return false;
  return order.listedAs !== listingToRead(listed);
}

/** So many pages are read whatever they show. */
const SHALLOW_PAGES = 10;

/** A page is read up to twelve times an hour, an order that no list tells of once: so many cost the same. */
const WORTH_OF_A_PAGE = 12;

/**
 * Whether to read a further page of a list: far down, too, where thousands of orders are open, but not for some old
 * ones that lie among the finished orders of years.
 * @param foundOnLast how many orders that were looked for the last page showed
 */
export const isPageWorthIt = (pagesRead: number, foundOnLast: number): boolean =>
  pagesRead < SHALLOW_PAGES || foundOnLast > WORTH_OF_A_PAGE;

/** Whether orders further down a list, newest first, are all older than those that are still looked for. */
export function isPast(page: readonly ListedOrder[], sought: readonly Pick<Order, 'orderedAt'>[]): boolean {
  const reached = page.at(-1)?.orderedAt ?? null;
  if (reached === null) return false;
  return sought.every(
    ({ orderedAt }) => orderedAt !== null && orderedAt.getTime() - SEQUENCE_SLACK_MS > reached.getTime(),
  );
}

/**
 * Whether a client's list is to be read again: news come soon after news, and a check that has been with a court
 * for a week will not be back within the minute.
 * @param latestNewsAt when any of its open orders last had news
 * @param baseMs how often rounds begin; they do not to the millisecond
 */
export function isPollDue(polledAt: Date, latestNewsAt: Date, now: Date, baseMs: number): boolean {
  const quietMs = now.getTime() - latestNewsAt.getTime();
  const intervalMs = Math.max(baseMs, Math.min(quietMs * QUIET_SHARE, LONGEST_INTERVAL_MS));
  const sinceMs = now.getTime() - polledAt.getTime();
  // By a clock that was ahead and was set right; those of replicas differ by less.
  const isAhead = sinceMs < -baseMs;
  return isAhead || sinceMs >= intervalMs - baseMs / 2;
}
