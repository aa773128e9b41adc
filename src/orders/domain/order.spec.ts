import { describe, expect, it } from 'vitest';
import { newOrder } from './new-order.js';
import { mayBeTakenUp, type Order } from './order.js';
import { ORDER_STATUSES } from './order-status.js';

const NOW = new Date('2026-11-27T12:00:00Z');

const order = (fields: Partial<Order>): Order => ({
  ...newOrder(
    {
      installationId: 'i',
      opportunityId: 'o',
      settingsVersion: 1,
      triggeredAt: NOW,
      triggerStageId: null,
      deliveryId: null,
      before: null,
    },
    'id',
    NOW,
  ),
  ...fields,
});

describe('an order that ended', () => {
  it.each([
    ['was rejected, and turns out to be placed', { status: 'rejected', statusReason: 'missing_email' }],
    [
      'was refused by VICTIG, and turns out to be placed',
      { status: 'rejected', statusReason: 'victig_refused' },
    ],
    ['was withdrawn, and turns out to be placed', { status: 'canceled', statusReason: 'archived' }],
    ['was canceled at VICTIG', { status: 'canceled', statusReason: null, providerOrderGuid: 'guid' }],
  ] as const)('may be open again where it %s (V4, S4)', (_how, fields) => {
    expect(mayBeTakenUp(order(fields))).toBe(true);
  });

  it.each([
    ['a person canceled it', { status: 'canceled', statusReason: 'canceled_by_admin' }],
    ['a person discarded it', { status: 'canceled', statusReason: 'discarded' }],
    [
      'it was canceled for no reason that is known, and never placed',
      { status: 'canceled', statusReason: null },
    ],
    ['it was placed, and told of as what ended here', { status: 'rejected', providerOrderGuid: 'guid' }],
    ['it is complete', { status: 'complete', providerOrderGuid: 'guid' }],
    ['it was erased', { status: 'rejected', erasedAt: NOW }],
  ] as const)('stays ended where %s (S4, A3)', (_why, fields) => {
    expect(mayBeTakenUp(order(fields))).toBe(false);
  });

  it('is rejected, or canceled, and nothing else (T7)', () => {
    const others = ORDER_STATUSES.filter((status) => status !== 'rejected' && status !== 'canceled');
    for (const status of others) expect(mayBeTakenUp(order({ status }))).toBe(false);
  });
});
