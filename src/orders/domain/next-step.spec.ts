import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCREENING_PHASES, type ScreeningPhase } from '../ports/screening-provider.js';
import { nextStep } from './next-step.js';
import { isFinal, TRANSITIONS, type OrderStatus } from './order-status.js';

const AT_PROVIDER: OrderStatus[] = ['pending', 'in_progress', 'complete', 'canceled'];

const order = (
  status: OrderStatus,
  interruptedStatus: OrderStatus | null = null,
  statusReason: string | null = null,
) => ({
  status,
  statusReason,
  interruptedStatus,
  flagged: status === 'complete' ? false : null,
  decision: null as string | null,
});

const see = (phase: ScreeningPhase, flagged = false, decision: string | null = null) => ({
  phase,
  flagged,
  decision,
});

const to = (moveTo: OrderStatus | null, more = {}) => ({
  moveTo,
  reason: null,
  takeResults: false,
  unknownStatus: false,
  ...more,
});

describe('the next step of an order', () => {
  it.each([
    ['pending', 'in_progress', to('in_progress')],
    ['pending', 'complete', to('complete', { takeResults: true })],
    ['in_progress', 'complete', to('complete', { takeResults: true })],
    ['pending', 'canceled', to('canceled')],
    ['in_progress', 'canceled', to('canceled')],
    ['in_progress', 'failed', to('error', { reason: 'victig_internal_error' })],
    ['pending', 'invited', to(null)],
    ['in_progress', 'keep', to(null)],
    ['in_progress', 'unknown', to(null, { unknownStatus: true })],
  ] as const)('from %s, seeing %s (S4)', (status, phase, step) => {
    expect(nextStep(order(status), see(phase))).toEqual(step);
  });

  it('never goes backwards when the provider does', () => {
    expect(nextStep(order('in_progress'), see('invited'))).toEqual(to(null));
  });

  it('leaves an error for where the work stands once the provider answers (S3)', () => {
    expect(nextStep(order('error', 'pending'), see('invited'))).toEqual(to('pending'));
    expect(nextStep(order('error', 'in_progress'), see('invited'))).toEqual(to('in_progress'));
    expect(nextStep(order('error', 'pending'), see('complete')).moveTo).toBe('complete');
  });

  it("keeps the provider's own error until the provider says something else (S4)", () => {
    const failed = order('error', 'in_progress', 'victig_internal_error');
    expect(nextStep(failed, see('keep'))).toEqual(to(null));
    expect(nextStep(failed, see('unknown'))).toEqual(to(null, { unknownStatus: true }));
    expect(nextStep(failed, see('failed'))).toEqual(to(null));
    expect(nextStep(failed, see('in_progress'))).toEqual(to('in_progress'));
  });

  it("takes the provider's own error for the reason of one of reaching it, which is over (S3, S4)", () => {
    const unavailable = order('error', 'in_progress', 'unavailable');
    expect(nextStep(unavailable, see('failed'))).toEqual(to(null, { reason: 'victig_internal_error' }));
  });

  it('keeps a reopened order complete, and takes its results again when they changed (R4)', () => {
    expect(nextStep(order('complete'), see('in_progress', true))).toEqual(to(null));
    expect(nextStep(order('complete'), see('complete'))).toEqual(to(null));
    expect(nextStep(order('complete'), see('complete', true))).toEqual(to(null, { takeResults: true }));
    expect(nextStep(order('complete'), see('complete', false, 'Eligible')).takeResults).toBe(true);
  });

  it('only ever makes legal moves, and none from an end (S4)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<OrderStatus>(...AT_PROVIDER, 'error', 'rejected'),
        fc.constantFrom<OrderStatus>('pending', 'in_progress'),
        fc.constantFrom(...SCREENING_PHASES),
        fc.boolean(),
        (status, interrupted, phase, flagged) => {
          const { moveTo } = nextStep(
            order(status, status === 'error' ? interrupted : null),
            see(phase, flagged),
          );
          if (moveTo === null) return;
          expect(isFinal(status)).toBe(false);
          expect(TRANSITIONS[status]).toContain(moveTo);
        },
      ),
    );
  });

  it.each([
    ['pending', 'invited', to('pending')],
    ['pending', 'in_progress', to('in_progress')],
    ['in_progress', 'invited', to('in_progress')],
    ['pending', 'complete', to('complete', { takeResults: true })],
    ['in_progress', 'failed', to('error', { reason: 'victig_internal_error' })],
    ['in_progress', 'canceled', to(null)],
    ['in_progress', 'keep', to(null)],
    ['in_progress', 'unknown', to(null, { unknownStatus: true })],
    [null, 'invited', to('pending')],
  ] as const)(
    'canceled at VICTIG from %s, seeing %s: taken up where it may be, and else left (V2, S4)',
    (interrupted, phase, step) => {
      const canceled = order('canceled', interrupted);
      expect(nextStep(canceled, see(phase), true)).toEqual(step);
      expect(nextStep(canceled, see(phase))).toMatchObject({ moveTo: null, takeResults: false });
    },
  );
});
