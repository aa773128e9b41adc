import { describe, expect, it } from 'vitest';
import type { Opportunity } from '../ports/applicant-tracking.js';
import { decideTrigger, type Trigger } from './decide-trigger.js';
import type { OrderStatus } from './order-status.js';

const at = (day: number): Date => new Date(Date.UTC(2026, 10, day));

const opportunity: Opportunity = {
  id: 'opportunity',
  stageId: 'check',
  stageEnteredAt: at(10),
  archived: false,
  anonymized: false,
  name: 'Ana Ruiz',
  emails: [],
  phones: [],
  tags: [],
  postingId: null,
  location: null,
};

const decide = (changes: Partial<Trigger> = {}) =>
  decideTrigger({
    opportunity,
    triggerStageIds: ['check', 'other-check'],
    reorder: 'never',
    latest: null,
    triggeredAt: at(10),
    now: at(20),
    ...changes,
  });

const order = (status: OrderStatus, triggeredDay = 1) => ({
  id: 'order',
  status,
  triggeredAt: at(triggeredDay),
  completedAt: status === 'complete' ? at(5) : null,
  updatedAt: at(5),
  providerOrderGuid: null,
  placedBy: null,
  triggerStageId: 'check',
  withdrawnReason: null,
});

describe('the decision on a trigger', () => {
  it('orders when the opportunity is in a trigger stage and not archived (T6)', () => {
    expect(decide()).toEqual({ act: 'open', enteredAt: at(10) });
    expect(decide({ opportunity: { ...opportunity, stageId: 'other-check' } }).act).toBe('open');
  });

  it.each([
    ['opportunity_not_found', null],
    ['not_in_trigger_stage', { ...opportunity, stageId: 'offer' }],
    ['not_in_trigger_stage', { ...opportunity, stageId: null }],
    ['archived', { ...opportunity, archived: true }],
  ])('ignores it with the reason %s (T6)', (reason, found) => {
    expect(decide({ opportunity: found })).toEqual({ act: 'ignore', reason });
  });

  it.each(['received', 'held', 'submitting', 'pending', 'in_progress'] as const)(
    'changes nothing while an order is %s (T7)',
    (status) => {
      expect(decide({ latest: order(status) })).toEqual({
        act: 'ignore',
        reason: 'order_open',
        orderId: 'order',
      });
    },
  );

  it('only retries an order in error (T7)', () => {
    expect(decide({ latest: order('error') })).toEqual({ act: 'retry', orderId: 'order' });
  });

  it.each(['rejected', 'canceled'] as const)('orders anew after %s (T7)', (status) => {
    expect(decide({ latest: order(status) }).act).toBe('open');
  });

  it('takes two triggers of one move into the stage for one decision (T7)', () => {
    expect(decide({ latest: order('rejected', 10) })).toEqual({
      act: 'ignore',
      reason: 'already_decided',
      orderId: 'order',
    });
  });

  it.each([
    ['never', 'ignore'],
    ['always', 'open'],
    [{ afterDays: 15 }, 'open'],
    [{ afterDays: 16 }, 'ignore'],
  ] as const)('after complete, with reorder %j, decides to %s (T7)', (reorder, act) => {
    expect(decide({ latest: order('complete'), reorder }).act).toBe(act);
  });

  it.each([
    ['never', 'ignore'],
    ['always', 'open'],
  ] as const)(
    'with reorder %j, decides to %s after a complete check and one that ended silently (T7)',
    (reorder, act) => {
      const shown = { ...order('complete'), id: 'complete' };
      expect(decide({ latest: order('canceled'), shown, reorder })).toMatchObject({
        act,
        ...(act === 'ignore' && { reason: 'already_complete', orderId: 'complete' }),
      });
    },
  );

  it('goes by the time of the delivery where the stage entry is not known', () => {
    const unknown = { ...opportunity, stageEnteredAt: null };
    expect(decide({ opportunity: unknown, triggeredAt: at(11) })).toEqual({ act: 'open', enteredAt: at(11) });
  });
});
