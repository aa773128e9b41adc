import { describe, expect, it } from 'vitest';
import {
  isConfirmed,
  isPageWorthIt,
  isPast,
  isPollDue,
  isToBeLookedUp,
  isToBeRead,
  listingOf,
  listingAfterSilence,
  listingOnceRead,
  LONGEST_SILENCE_MS,
  listingToRead,
} from './follow-listed.js';

const NOW = new Date('2026-11-23T12:00:00Z');
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const LISTED = {
  orderGuid: 'vo-1',
  orderId: null,
  fileNumber: '1',
  rawStatus: 'pending',
  flagged: false,
  orderedAt: ago(HOUR_MS),
  modifiedAt: new Date('2026-11-23T11:00:00.000Z'),
};
const ORDER = {
  status: 'in_progress',
  listedAs: listingOf(LISTED),
  trouble: null,
  quickApp: null,
  refreshedAt: ago(MINUTE_MS),
  erasedAt: null,
} as const;

describe('following orders by a list (V3)', () => {
  it('leaves an order alone of which the list says what it said (V3)', () => {
    expect(isToBeRead(ORDER, LISTED, NOW)).toBe(false);
  });

  it.each([
    ['its status', { rawStatus: 'qa review' }],
    ['its flag', { flagged: true }],
    ['when it was changed', { modifiedAt: ago(0) }],
    ['that it was ever changed', { modifiedAt: null }],
  ])('has an order read when %s differs (V3)', (_what, changes) => {
    expect(isToBeRead(ORDER, { ...LISTED, ...changes }, NOW)).toBe(true);
  });

  describe('by one that carries the id of an order that ended unplaced (V4)', () => {
    const ENDED = {
      status: 'rejected',
      providerOrderGuid: null,
      submitStartedAt: null,
      listedAs: null,
      erasedAt: null,
    } as const;

    it('has it looked up once for what the list says', () => {
      expect(isToBeLookedUp(ENDED, LISTED)).toBe(true);
      const lookedUp = { ...ENDED, listedAs: listingToRead(LISTED) };
      expect(isToBeLookedUp(lookedUp, LISTED)).toBe(false);
      expect(isToBeLookedUp(lookedUp, { ...LISTED, rawStatus: 'complete' })).toBe(true);
    });

    it.each([
      ['is placed', { providerOrderGuid: 'vo-2' }],
      ['is open: it looks itself', { status: 'error' }],
      ['has a submission under way', { submitStartedAt: NOW }],
      ['was erased', { erasedAt: NOW }],
    ] as const)('leaves it alone where it %s', (_why, changes) => {
      expect(isToBeLookedUp({ ...ENDED, ...changes }, LISTED)).toBe(false);
    });
  });

  it('has an order read that no list told of yet, or that could not be read', () => {
    expect(isToBeRead({ ...ORDER, listedAs: null }, LISTED, NOW)).toBe(true);
    expect(isToBeRead({ ...ORDER, trouble: 'unavailable' }, LISTED, NOW)).toBe(true);
  });

  it('has an order read until it was, and then leaves it alone, however its own answer differs (V3)', () => {
    const news = { ...LISTED, rawStatus: 'qa review', flagged: true };
    const toRead = listingToRead(news);
    expect(isToBeRead({ ...ORDER, listedAs: toRead }, news, NOW)).toBe(true);
    const asRead = listingOnceRead(toRead, { ...news, rawStatus: 'complete' });
    expect(isToBeRead({ ...ORDER, listedAs: asRead }, news, NOW)).toBe(false);
  });

  it('has an order read once more, an hour later, where its own answer was older than the list (V3)', () => {
    const news = { ...LISTED, rawStatus: 'complete', modifiedAt: ago(0) };
    const asRead = listingOnceRead(listingToRead(news), LISTED);
    expect(isToBeRead({ ...ORDER, listedAs: asRead }, news, NOW)).toBe(false);
    const silent = { ...ORDER, listedAs: asRead, refreshedAt: ago(HOUR_MS) };
    expect(isToBeRead(silent, news, NOW)).toBe(true);
    const toRead = listingToRead(news, asRead);
    expect(listingToRead(news, toRead)).toBe(toRead);
    expect(isToBeRead({ ...ORDER, listedAs: toRead }, news, NOW)).toBe(true);
    const asReadAgain = listingOnceRead(toRead, LISTED);
    expect(isToBeRead({ ...silent, listedAs: asReadAgain }, news, NOW)).toBe(false);
    // What the list says next is news.
    expect(isToBeRead({ ...ORDER, listedAs: asRead }, { ...news, flagged: true }, NOW)).toBe(true);
    expect(listingToRead({ ...news, flagged: true }, asRead)).toBe(listingToRead({ ...news, flagged: true }));
  });

  it('counts a reading after a long silence as the second, and asks for no third where the list never agrees (V3)', () => {
    const news = { ...LISTED, rawStatus: 'complete', modifiedAt: ago(0) };
    const ahead = listingOnceRead(listingToRead(news), LISTED);
    const order = { ...ORDER, rawStatus: LISTED.rawStatus, refreshedAt: ago(HOUR_MS) };
    const after = listingAfterSilence({ ...order, listedAs: ahead }, LISTED);
    expect(isToBeRead({ ...order, listedAs: after }, news, NOW)).toBe(false);
    const afterThat = listingAfterSilence({ ...order, listedAs: after }, LISTED);
    expect(isToBeRead({ ...order, listedAs: afterThat }, news, NOW)).toBe(false);
    // It is asked about again after the next silence, for the list still says otherwise.
    expect(isConfirmed({ ...order, listedAs: afterThat }, news)).toBe(false);
    // What it says by now is what lists are compared with.
    const changed = { ...news, rawStatus: 'canceled' };
    expect(listingAfterSilence({ ...order, listedAs: after }, changed)).toBe(listingOf(changed));
    expect(listingAfterSilence({ ...order, listedAs: null }, LISTED)).toBe(listingOf(LISTED));
    expect(listingAfterSilence({ ...order, listedAs: listingToRead(news) }, LISTED)).toBe(ahead);
  });

  it('takes an order for heard of where the list says what its own answer said, and no other (V3)', () => {
    const order = { rawStatus: 'pending', listedAs: listingOf(LISTED) };
    expect(isConfirmed(order, LISTED)).toBe(true);
    expect(isConfirmed(order, { rawStatus: 'complete' })).toBe(false);
    expect(isConfirmed(order, { rawStatus: '' })).toBe(false);
    const older = { ...LISTED, modifiedAt: ago(2 * HOUR_MS) };
    expect(isConfirmed({ ...order, listedAs: listingOnceRead(listingToRead(LISTED), older) }, LISTED)).toBe(
      false,
    );
  });

  it.each([null, listingOf({ ...LISTED, rawStatus: 'draft' })])(
    'keeps what a list would say of an order that was read for another reason: %s',
    (listedAs) => {
      expect(listingOnceRead(listedAs, LISTED)).toBe(listingOf(LISTED));
    },
  );

  it('leaves an erased order alone, whatever the list says (A3)', () => {
    const erased = { ...ORDER, erasedAt: ago(0) };
    expect(isToBeRead(erased, { ...LISTED, flagged: true }, NOW)).toBe(false);
    expect(isToBeRead({ ...erased, listedAs: null }, LISTED, NOW)).toBe(false);
  });

  it('takes the exact moment of one answer and the rounded one of another for the same', () => {
    const exact = { ...LISTED, modifiedAt: new Date('2026-11-23T10:59:59.987Z') };
    expect(listingOf(exact)).toBe(listingOf(LISTED));
  });

  it('has an order read once when its invitation nears its end', () => {
    const quickApp = {
      expiresAt: new Date(NOW.getTime() + 47 * HOUR_MS).toISOString(),
      emailsSent: 1,
      textsSent: 0,
      remindersSent: 0,
      warning: null,
    };
    const waiting = { ...ORDER, status: 'pending' as const, quickApp };
    expect(isToBeRead(waiting, LISTED, NOW)).toBe(true);
    const warned = { ...waiting, quickApp: { ...quickApp, warning: 'quick_app_expiring' as const } };
    expect(isToBeRead(warned, LISTED, NOW)).toBe(false);
    expect(isToBeRead({ ...waiting, status: 'in_progress' }, LISTED, NOW)).toBe(false);
  });

  it.each([
    ['the first page', 0, 0, true],
    ['the first pages, for a single order', 9, 0, true],
    ['no further page for a few old orders', 10, 12, false],
    ['further pages where many orders are open', 10, 13, true],
    ['deep pages for thousands', 60, 100, true],
  ])('reads %s (V3)', (_what, pagesRead, foundOnLast, expected) => {
    expect(isPageWorthIt(pagesRead, foundOnLast)).toBe(expected);
  });

  it.each([
    ['all of them', 100, 50],
    ['half of the orders on its list', 50, 100],
  ])('finds 5,000 open orders of one client that are %s by the page (V3)', (_what, openOnEachPage, pages) => {
    let sought = 5_000;
    let calls = 0;
    for (let found = 0; sought > 0 && isPageWorthIt(calls, found); calls++) {
      found = Math.min(openOnEachPage, sought);
      sought -= found;
    }
    expect({ calls, sought }).toEqual({ calls: pages, sought: 0 });
  });

  it('stops where a list is past all orders that are looked for', () => {
    const page = [LISTED, { ...LISTED, orderedAt: ago(3 * HOUR_MS) }];
    expect(isPast(page, [{ orderedAt: ago(HOUR_MS) }, { orderedAt: ago(2 * HOUR_MS) }])).toBe(true);
    expect(isPast(page, [{ orderedAt: ago(HOUR_MS) }, { orderedAt: ago(4 * HOUR_MS) }])).toBe(false);
    expect(isPast(page, [{ orderedAt: ago(3 * HOUR_MS - 1_000) }])).toBe(false);
    expect(isPast(page, [{ orderedAt: null }])).toBe(false);
    expect(isPast([{ ...LISTED, orderedAt: null }], [{ orderedAt: ago(HOUR_MS) }])).toBe(false);
    expect(isPast([], [{ orderedAt: ago(HOUR_MS) }])).toBe(false);
  });
});

describe('how often the list of a client is read (V3)', () => {
  const BASE_MS = 5 * MINUTE_MS;
  const isDue = (polledMs: number, quietMs: number, baseMs = BASE_MS) =>
    isPollDue(ago(polledMs), ago(quietMs), NOW, baseMs);

  it.each([
    ['each round while there are news', 5 * MINUTE_MS, 10 * MINUTE_MS, true],
    ['each round, also one that is a little early', 4.9 * MINUTE_MS, 10 * MINUTE_MS, true],
    ['not twice in a round', MINUTE_MS, 0, false],
    ['seldom when the client is quiet', 10 * MINUTE_MS, 3 * HOUR_MS, false],
    ['after a tenth of the quiet', 18 * MINUTE_MS, 3 * HOUR_MS, true],
    ['in time for the longest silence, however quiet', 30 * MINUTE_MS, 100 * HOUR_MS, true],
    ['not sooner for a clock that is a little behind', -MINUTE_MS, 0, false],
    ['when it was polled by a clock that was far ahead', -24 * HOUR_MS, 0, true],
  ])('%s (V3)', (_what, polledMs, quietMs, expected) => {
    expect(isDue(polledMs, quietMs)).toBe(expected);
  });

  it('leaves room for the next round within the longest silence (V3)', () => {
    expect(isDue(LONGEST_SILENCE_MS - 2 * BASE_MS, 10_000 * HOUR_MS)).toBe(true);
  });
});
