import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { staleTags, statusTag, wantedTags, type StatusTagValue } from '../../mapping/progress-tags.js';
import { settingsSchema } from '../../mapping/settings.js';
import { SCREENING_PHASES, type ScreeningPhase } from '../ports/screening-provider.js';
import { nextStep } from './next-step.js';
import { assertMove, isFinal, type OrderStatus } from './order-status.js';
import { progressOf } from './progress-of.js';

const settings = settingsSchema.parse({ defaultProduct: 'Criminal Package 1' });
const tag = (value: StatusTagValue): string => statusTag(settings.statusPrefix, value);
const isStatus = (text: string): boolean => text.startsWith(settings.statusPrefix);

/** How far a status is; an error says nothing about it. */
const FAR: Record<string, number> = {
  [tag('Pending')]: 1,
  [tag('In Progress')]: 2,
  [tag('Complete')]: 3,
  [tag('Canceled')]: 4,
};

/** An order, and what Lever has of it. Notes are known by their reference, so that none is posted twice. */
interface World {
  status: OrderStatus;
  statusReason: string | null;
  interruptedStatus: OrderStatus | null;
  flagged: boolean | null;
  decision: string | null;
  providerOrderGuid: string;
  revisions: number;
  shownTags: string[];
  tags: string[];
  notes: string[];
}

/** Callbacks and polls alike have the order read; reports run late, twice, or die after some of their effects. */
type Happening =
  | { kind: 'read'; phase: ScreeningPhase; flagged: boolean; decision: string | null }
  | { kind: 'failures last' }
  | { kind: 'report'; diesAfter: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      phase: fc.constantFrom(...SCREENING_PHASES),
      flagged: fc.boolean(),
      decision: fc.constantFrom(null, 'Eligible', 'Pre-Adverse'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'failures last' } as const) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('report' as const), diesAfter: fc.nat(6) }) },
);

const newWorld = (): World => ({
  status: 'pending',
  statusReason: null,
  interruptedStatus: null,
  flagged: null,
  decision: null,
  providerOrderGuid: 'order',
  revisions: 0,
  shownTags: [],
  tags: ['Full-time'],
  notes: [],
});

function move(world: World, to: OrderStatus, reason: string | null): void {
  if (to === world.status) {
    world.statusReason = reason ?? world.statusReason;
    return;
  }
  assertMove(world.status, to);
  Object.assign(world, {
    status: to,
    statusReason: reason,
    interruptedStatus: to === 'error' ? world.status : null,
  });
}

function read(world: World, observed: Extract<Happening, { kind: 'read' }>): void {
  const step = nextStep(world, observed);
  move(world, step.moveTo ?? world.status, step.reason);
  if (!step.takeResults) return;
  world.revisions += 1;
  Object.assign(world, { flagged: observed.flagged, decision: observed.decision });
}

/** What `report-progress` does, effect by effect: notes, then tags added, then old ones taken away. */
function effectsOf(world: World): (() => void)[] {
  const status = progressOf(world);
  const report = world.flagged === null ? null : { flagged: world.flagged, decision: world.decision };
  const wanted = status === null ? world.shownTags : wantedTags(status, report, settings);
  const notes = Array.from({ length: world.revisions }, (_, n) => `R${n + 1}`);
  return [
    ...notes
      .filter((reference) => !world.notes.includes(reference))
      .map((reference) => () => void world.notes.push(reference)),
    () => (world.shownTags = [...new Set([...world.shownTags, ...wanted])]),
    () => (world.tags = [...new Set([...world.tags, ...wanted])]),
    () => {
      const stale = staleTags(world.tags, wanted, world.shownTags, settings);
      world.tags = world.tags.filter((one) => !stale.includes(one));
    },
    () => (world.shownTags = [...wanted]),
  ];
}

/** Plays it all, looking after each effect, and whenever a report was through to its end. */
function play(
  happenings: readonly Happening[],
  look: (world: World) => void,
  lookAtRest: (world: World) => void,
): void {
  const world = newWorld();
  for (const next of [...happenings, { kind: 'report', diesAfter: Infinity } as const]) {
    if (next.kind === 'read') read(world, next);
    else if (next.kind === 'failures last') {
      if (!isFinal(world.status) && world.status !== 'error') move(world, 'error', 'timed_out');
    } else {
      const effects = effectsOf(world);
      for (const effect of effects.slice(0, next.diesAfter)) {
        effect();
        look(world);
      }
      if (next.diesAfter >= effects.length) lookAtRest(world);
    }
  }
}

describe('what Lever shows of an order, whatever comes, dies and is retried in whatever order', () => {
  const lives = fc.array(happening, { maxLength: 60 });

  it('is one status once a report is through, and the tags of others stay (S3)', () => {
    fc.assert(
      fc.property(lives, (happenings) => {
        play(
          happenings,
          ({ tags }) => expect(tags).toContain('Full-time'),
          ({ tags, status }) => {
            const shown = progressOf({ status, providerOrderGuid: 'order' });
            expect(tags.filter(isStatus)).toEqual(shown === null ? [] : [tag(shown)]);
          },
        );
      }),
    );
  });

  it('is never Complete without its note, at no moment and after no crash (R4, F1)', () => {
    fc.assert(
      fc.property(lives, (happenings) => {
        const look = ({ tags, notes }: World): void => {
          if (tags.includes(tag('Complete'))) expect(notes).toContain('R1');
          expect(new Set(notes).size).toBe(notes.length);
        };
        play(happenings, look, look);
      }),
    );
  });

  it('never goes backwards, from one finished report to the next (S3, S4)', () => {
    fc.assert(
      fc.property(lives, (happenings) => {
        let farthest = 0;
        play(
          happenings,
          () => undefined,
          ({ tags }) => {
            const far = FAR[tags.find(isStatus) ?? ''];
            if (far === undefined) return;
            expect(far).toBeGreaterThanOrEqual(farthest);
            farthest = far;
          },
        );
      }),
    );
  });
});
