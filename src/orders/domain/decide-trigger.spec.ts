import { describe, expect, it } from 'vitest';
import type { Opportunity } from '../ports/applicant-tracking.js';
import { decideTrigger, mayBeTooEarly, ordersThatCount, type Trigger } from './decide-trigger.js';
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
  statusReason: null as string | null,
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

  it('takes another webhook of the entry that was decided for that, where the stage entry is not known (T7)', () => {
    const unknown = { opportunity: { ...opportunity, stageEnteredAt: null }, latest: order('rejected', 10) };
    const later = (ms: number): Date => new Date(at(10).getTime() + ms);
    for (const ms of [-5_000, 0, 3, 5_000]) {
      expect(decide({ ...unknown, triggeredAt: later(ms) }).act).toBe('ignore');
    }
    expect(decide({ ...unknown, triggeredAt: later(5_001) }).act).toBe('open');
  });

  describe('may have been read too early', () => {
    const later = (ms: number): Date => new Date(at(10).getTime() + ms);
    const isTooEarly = (
      reason: string,
      sentAfterMs: number,
      found: Opportunity | null = opportunity,
    ): boolean => mayBeTooEarly(reason, { opportunity: found, triggeredAt: later(sentAfterMs) });

    it.each(['not_in_trigger_stage', 'opportunity_not_found'])('where it is %s', (reason) => {
      expect(isTooEarly(reason, 0)).toBe(true);
      expect(isTooEarly(reason, 0, null)).toBe(true);
    });

    it('where the entry that was decided is long before the one that was told of (T7)', () => {
      expect([-1, 0, 3, 5_000].map((ms) => isTooEarly('already_decided', ms))).toEqual(Array(4).fill(false));
      expect(isTooEarly('already_decided', 5_001)).toBe(true);
      expect(isTooEarly('already_decided', 5_001, { ...opportunity, stageEnteredAt: null })).toBe(false);
    });

    it('where the candidate is still there, and has not come back since (T7)', () => {
      expect(isTooEarly('still_in_stage', 1)).toBe(true);
      expect(isTooEarly('still_in_stage', 1, { ...opportunity, stageEnteredAt: null })).toBe(true);
      expect([0, -1].map((ms) => isTooEarly('still_in_stage', ms))).toEqual([false, false]);
    });

    it.each(['archived', 'order_open', 'already_complete', 'no_check_running', 'installation_paused'])(
      'but not where it is %s',
      (reason) => {
        expect(isTooEarly(reason, 10 * 24 * 3_600_000)).toBe(false);
      },
    );
  });

  describe('where others found the order open that has ended since', () => {
    const DECIDED = { act: 'ignore', reason: 'already_decided', orderId: 'order' };
    const canceled = { ...order('canceled'), providerOrderGuid: 'order at VICTIG' };

    it.each([
      ['canceled', canceled],
      ['complete, with another allowed', order('complete')],
      ['rejected', order('rejected')],
      ['discarded', { ...order('canceled'), statusReason: 'discarded' }],
    ])('takes an entry that one of them was sent after for decided, though it is %s (T7)', (_how, latest) => {
      for (const lastDecidedAt of [at(10), at(11)]) {
        expect(decide({ latest, reorder: 'always', lastDecidedAt })).toEqual(DECIDED);
      }
    });

    it('orders for an entry since then, and where there was none (T7)', () => {
      for (const lastDecidedAt of [at(9), null]) {
        expect(decide({ latest: canceled, lastDecidedAt })).toEqual({ act: 'open', enteredAt: at(10) });
      }
    });

    it('goes by the time of the delivery where the stage entry is not known (T7)', () => {
      const unknown = { ...opportunity, stageEnteredAt: null };
      const told = { opportunity: unknown, latest: canceled, lastDecidedAt: at(10) };
      expect(decide({ ...told, triggeredAt: at(10) })).toEqual(DECIDED);
      expect(decide({ ...told, triggeredAt: at(11) }).act).toBe('open');
    });

    it.each(['not_in_trigger_stage', 'archived', 'opportunity_not_found'])(
      'orders where nothing came of it, for its candidate was said to have gone: %s (T7, T8)',
      (statusReason) => {
        const latest = { ...order('canceled'), statusReason };
        expect(ordersThatCount({ latest })).toEqual([]);
        // The check before it may have been open since, where VICTIG took it up again.
        const shown = { ...canceled, id: 'shown' };
        expect(ordersThatCount({ latest, shown })).toEqual(['shown']);
        expect(decide({ latest, shown, lastDecidedAt: null }).act).toBe('open');
        expect(decide({ latest, shown, lastDecidedAt: at(11) })).toEqual(DECIDED);
      },
    );
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
