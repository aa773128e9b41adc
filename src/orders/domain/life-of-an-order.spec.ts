import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCREENING_PHASES, type ScreeningPhase } from '../ports/screening-provider.js';
import { nextStep } from './next-step.js';
import { assertMove, isFinal, type OrderStatus } from './order-status.js';
import { standingOf } from './order.js';
import { progressOf } from './progress-of.js';

/** How far the check is by what the recruiter sees; an error says nothing about it. */
const FAR: Record<string, number> = { Pending: 1, 'In Progress': 2, Complete: 3, Canceled: 4 };

interface Life {
  status: OrderStatus;
  statusReason: string | null;
  interruptedStatus: OrderStatus | null;
  flagged: boolean | null;
  decision: string | null;
  providerOrderGuid: string;
  /** How often results were taken; each has a note where it changed something that is enabled. */
  revisions: number;
}

/** What can come next, in any order: an answer of the provider, however it was asked for, or none for too long. */
type Happening =
  | { kind: 'observed'; phase: ScreeningPhase; flagged: boolean; decision: string | null }
  | { kind: 'failures last' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: observed() },
  { weight: 1, arbitrary: fc.constant({ kind: 'failures last' } as const) },
);

function observed(): fc.Arbitrary<Happening> {
  return fc.record({
    kind: fc.constant('observed' as const),
    phase: fc.constantFrom(...SCREENING_PHASES),
    flagged: fc.boolean(),
    decision: fc.constantFrom(null, 'Eligible', 'Pre-Adverse'),
  });
}

const seen = (phase: ScreeningPhase): Happening => ({
  kind: 'observed',
  phase,
  flagged: false,
  decision: null,
});

const PLACED: Life = {
  status: 'pending',
  statusReason: null,
  interruptedStatus: null,
  flagged: null,
  decision: null,
  providerOrderGuid: 'order',
  revisions: 0,
};

function moved(life: Life, to: OrderStatus, reason: string | null): Life {
  if (to === life.status) return { ...life, statusReason: reason ?? life.statusReason };
  assertMove(life.status, to);
  const interruptedStatus = to === 'error' || to === 'canceled' ? standingOf(life) : null;
  return { ...life, status: to, statusReason: reason, interruptedStatus };
}

function after(life: Life, happening: Happening): Life {
  if (happening.kind === 'failures last') {
    const isShown = isFinal(life.status) || life.status === 'error';
    return isShown ? life : moved(life, 'error', 'timed_out');
  }
  const step = nextStep(life, happening);
  const next = moved(life, step.moveTo ?? life.status, step.reason);
  if (!step.takeResults) return next;
  const { flagged, decision } = happening;
  return { ...next, flagged, decision, revisions: life.revisions + 1 };
}

/** As `after`, of an order that no other of its opportunity came after. */
function followed(life: Life, happening: Happening): Life {
  if (happening.kind === 'failures last' || life.status !== 'canceled') return after(life, happening);
  const step = nextStep(life, happening, true);
  const next = moved(life, step.moveTo ?? life.status, step.reason);
  if (!step.takeResults) return next;
  const { flagged, decision } = happening;
  return { ...next, flagged, decision, revisions: life.revisions + 1 };
}

describe('the life of an order, whatever comes in whatever order', () => {
  const lives = fc.array(happening, { maxLength: 40 });

  it('shows one status at any time, and never one that is behind an earlier one (S3, S4)', () => {
    fc.assert(
      fc.property(lives, (happenings) => {
        let life = PLACED;
        let farthest = 0;
        for (const next of happenings) {
          life = after(life, next);
          const shown = progressOf(life);
          expect(shown).not.toBeNull();
          if (shown === 'Error' || shown === null) continue;
          expect(FAR[shown]).toBeGreaterThanOrEqual(farthest);
          farthest = FAR[shown] ?? 0;
        }
      }),
    );
  });

  it('is complete exactly from when its results are taken, so that no Complete is without its note (R4)', () => {
    fc.assert(
      fc.property(lives, (happenings) => {
        let life = PLACED;
        for (const next of happenings) {
          life = after(life, next);
          expect(life.status === 'complete').toBe(life.revisions > 0);
        }
      }),
    );
  });

  it('takes results once more exactly when a completed report says something else (R4)', () => {
    fc.assert(
      fc.property(lives, (happenings) => {
        let life = PLACED;
        for (const next of happenings) {
          const before = life;
          life = after(life, next);
          if (before.status !== 'complete' || next.kind !== 'observed') continue;
          const isNews =
            next.phase === 'complete' &&
            (next.flagged !== before.flagged || next.decision !== before.decision);
          expect(life.revisions - before.revisions).toBe(isNews ? 1 : 0);
        }
      }),
    );
  });

  it('comes back from an error to where it was once the provider answers, and ends where one without would (S3)', () => {
    fc.assert(
      fc.property(fc.array(observed(), { maxLength: 20 }), fc.array(fc.nat(20)), (answers, failures) => {
        const withFailures = answers.flatMap((answer, n) =>
          failures.includes(n) ? [{ kind: 'failures last' } as const, answer] : [answer],
        );
        const smooth = answers.reduce(after, PLACED);
        const rough = withFailures.reduce(after, PLACED);
        expect(progressOf(rough)).toBe(progressOf(smooth));
      }),
      { examples: [[[seen('failed'), seen('keep')], [0]]] },
    );
  });

  it('is what it would be had VICTIG never canceled it, once VICTIG takes it up again (V2, S4)', () => {
    fc.assert(
      fc.property(lives, (happenings) => {
        let life = PLACED;
        let uncanceled = PLACED;
        let isCanceled = false;
        for (const next of happenings) {
          life = followed(life, next);
          if (next.kind === 'observed' && next.phase === 'canceled') {
            isCanceled = life.status === 'canceled';
            expect(isCanceled).toBe(uncanceled.status !== 'complete');
            continue;
          }
          // What says nothing of how far it is, and failures, leave it canceled.
          if (isCanceled && (next.kind === 'failures last' || ['keep', 'unknown'].includes(next.phase))) {
            expect(life.status).toBe('canceled');
            continue;
          }
          isCanceled = false;
          uncanceled = after(uncanceled, next);
          expect(standingOf(life)).toBe(standingOf(uncanceled));
          expect(life.revisions).toBe(uncanceled.revisions);
        }
      }),
    );
  });

  it('never goes back behind where it was, also through being canceled, and is complete only with results (S3, R4)', () => {
    fc.assert(
      fc.property(lives, (happenings) => {
        let life = PLACED;
        let farthest = 0;
        for (const next of happenings) {
          life = followed(life, next);
          expect(life.status === 'complete').toBe(life.revisions > 0);
          const shown = progressOf(life);
          if (shown === 'Error' || shown === 'Canceled' || shown === null) continue;
          expect(FAR[shown]).toBeGreaterThanOrEqual(farthest);
          farthest = FAR[shown] ?? 0;
        }
      }),
    );
  });
});
