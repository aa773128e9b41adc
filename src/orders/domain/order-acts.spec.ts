import { describe, expect, it } from 'vitest';
import { ORDER_ACTS, refusalOfAct, STATUSES_FOR, type OrderAct } from './order-acts.js';
import { ORDER_STATUSES, type OrderStatus } from './order-status.js';

const placed = {
  providerOrderGuid: 'guid',
  clientGuid: 'client',
  trouble: null,
  reportTrouble: null,
  shownTags: ['Status: Rejected'],
  stuckTags: [],
  reportWarnings: [],
  erasedAt: null,
};

/** What a person may do, by status; everything else is refused. */
const TABLE: Record<OrderStatus, readonly OrderAct[]> = {
  received: ['retry', 'cancel'],
  held: ['retry', 'cancel'],
  submitting: ['retry', 'cancel'],
  pending: ['refresh', 'cancel'],
  in_progress: ['refresh', 'cancel'],
  complete: ['refresh'],
  rejected: [],
  error: ['refresh', 'retry', 'cancel', 'discard'],
  canceled: ['refresh'],
};

describe('what a person may do to an order', () => {
  it.each(ORDER_STATUSES)('is by a table: %s', (status) => {
    for (const act of ORDER_ACTS) {
      const refusal = TABLE[status].includes(act) ? null : 'wrong_status';
      expect(refusalOfAct(act, { ...placed, status }), act).toBe(refusal);
    }
  });

  it('is refused only in statuses that the refusal does not name', () => {
    for (const act of ORDER_ACTS) {
      for (const status of STATUSES_FOR[act]) expect(refusalOfAct(act, { ...placed, status })).toBeNull();
    }
  });

  it.each([{ trouble: 'unavailable' }, { reportTrouble: 'unauthorized' }])(
    'is to retry what is being retried, whatever the status: %j',
    (trouble) => {
      for (const status of ORDER_STATUSES) {
        expect(refusalOfAct('retry', { ...placed, ...trouble, status })).toBeNull();
      }
    },
  );

  it.each(['tag_not_added', 'tag_not_removed'] as const)(
    'is to refresh what Lever refused tags of (%s), whatever the status, but for what was erased',
    (code) => {
      const reportWarnings = [{ code, details: ['Status: Rejected'] }];
      const lacking = { ...placed, providerOrderGuid: null, stuckTags: ['Status: Pending'], reportWarnings };
      for (const status of ORDER_STATUSES) expect(refusalOfAct('refresh', { ...lacking, status })).toBeNull();
      const erased = { ...lacking, erasedAt: new Date() };
      expect(refusalOfAct('refresh', { ...erased, status: 'complete' })).toBe('order_erased');
    },
  );

  it('is not to refresh for old tags that it found there and has not tried to take away yet', () => {
    const found = {
      ...placed,
      status: 'received' as const,
      providerOrderGuid: null,
      stuckTags: ['Flag: True'],
    };
    expect(refusalOfAct('refresh', found)).toBe('wrong_status');
  });

  it('is not to read what was never placed, nor what was erased', () => {
    const nowhere = { ...placed, providerOrderGuid: null };
    expect(refusalOfAct('refresh', { ...nowhere, status: 'error' })).toBe('not_at_victig');
    const erased = { ...placed, erasedAt: new Date() };
    expect(refusalOfAct('refresh', { ...erased, status: 'complete' })).toBe('order_erased');
    expect(refusalOfAct('retry', { ...erased, trouble: 'unavailable', status: 'complete' })).toBe(
      'order_erased',
    );
  });
});
