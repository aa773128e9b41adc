import { describe, expect, it } from 'vitest';
import type { Settings } from '../../mapping/settings.js';
import type { Opportunity } from '../ports/applicant-tracking.js';
import { decideDeparture, decideTrigger, type TriggerDecision } from '../domain/decide-trigger.js';
import { ORDER_STATUSES, type OrderStatus } from '../domain/order-status.js';
import { whyOrderWithdrawn, whyWithdrawn } from '../domain/withdrawal.js';

const at = (day: number): Date => new Date(Date.UTC(2026, 10, day));

/** The order on record was decided when the candidate entered the stage on day 1, and ended on day 5; now is day 20. */
const ENTERED = at(1);
const ENDED = at(5);
const CAME_BACK = at(10);
const NOW = at(20);

const inStage: Opportunity = {
  id: 'opportunity',
  stageId: 'check',
  stageEnteredAt: ENTERED,
  archived: false,
  anonymized: false,
  name: 'Ana Ruiz',
  emails: [],
  phones: [],
  tags: [],
  postingId: null,
  location: null,
};

/** What became of the candidacy by the time a trigger of it is looked at, as Lever shows it then. */
const HAPPENINGS = {
  stayed: inStage,
  left: { ...inStage, stageId: 'offer', stageEnteredAt: CAME_BACK },
  'came back': { ...inStage, stageEnteredAt: CAME_BACK },
  archived: { ...inStage, archived: true },
  // Back from the archive it is in the stage it was in, since when it was in it.
  'un-archived': inStage,
  // What was merged into another candidacy, or deleted, is not there any more.
  merged: null,
  deleted: null,
} satisfies Record<string, Opportunity | null>;
type Happening = keyof typeof HAPPENINGS;

/** What a trigger does, by the latest order and by what happened. "tell" says that the check goes on at VICTIG. */
const DECISIONS = `
  latest          | stayed           | left                      | came back   | archived      | un-archived      | merged                     | deleted
  none            | open             | not_in_trigger_stage      | open        | archived      | open             | opportunity_not_found      | opportunity_not_found
  received        | order_open       | not_in_trigger_stage      | order_open  | archived      | order_open       | opportunity_not_found      | opportunity_not_found
  held            | order_open       | not_in_trigger_stage      | order_open  | archived      | order_open       | opportunity_not_found      | opportunity_not_found
  submitting      | order_open       | not_in_trigger_stage      | order_open  | archived      | order_open       | opportunity_not_found      | opportunity_not_found
  pending         | order_open       | tell not_in_trigger_stage | order_open  | tell archived | order_open       | tell opportunity_not_found | tell opportunity_not_found
  in_progress     | order_open       | tell not_in_trigger_stage | order_open  | tell archived | order_open       | tell opportunity_not_found | tell opportunity_not_found
  complete        | already_decided  | not_in_trigger_stage      | by reorder  | archived      | already_decided  | opportunity_not_found      | opportunity_not_found
  rejected        | already_decided  | not_in_trigger_stage      | open        | archived      | already_decided  | opportunity_not_found      | opportunity_not_found
  error           | retry            | not_in_trigger_stage      | retry       | archived      | retry            | opportunity_not_found      | opportunity_not_found
  canceled        | already_decided  | not_in_trigger_stage      | open        | archived      | already_decided  | opportunity_not_found      | opportunity_not_found
  error at VICTIG | retry            | tell not_in_trigger_stage | retry       | tell archived | retry            | tell opportunity_not_found | tell opportunity_not_found
  told of         | order_open       | not_in_trigger_stage      | order_open  | archived      | order_open       | opportunity_not_found      | opportunity_not_found
`;

/** What it does that the candidate is said to have gone. Nothing is ever ordered by it. */
const DEPARTURES = `
  latest          | stayed           | left                      | came back        | archived         | un-archived      | merged                     | deleted
  none            | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
  received        | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
  held            | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
  submitting      | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
  pending         | still_in_stage   | tell not_in_trigger_stage | still_in_stage   | tell archived    | still_in_stage   | tell opportunity_not_found | tell opportunity_not_found
  in_progress     | still_in_stage   | tell not_in_trigger_stage | still_in_stage   | tell archived    | still_in_stage   | tell opportunity_not_found | tell opportunity_not_found
  complete        | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
  rejected        | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
  error           | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
  canceled        | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
  error at VICTIG | still_in_stage   | tell not_in_trigger_stage | still_in_stage   | tell archived    | still_in_stage   | tell opportunity_not_found | tell opportunity_not_found
  told of         | no_check_running | no_check_running          | no_check_running | no_check_running | no_check_running | no_check_running           | no_check_running
`;

/** What "by reorder" stands for; the check was complete 15 days ago. */
const REORDER: readonly [Settings['reorder'], string][] = [
  ['never', 'already_complete'],
  ['always', 'open'],
  [{ afterDays: 14 }, 'open'],
  [{ afterDays: 15 }, 'open'],
  [{ afterDays: 16 }, 'already_complete'],
];

/** What becomes of an order that is not at VICTIG yet, when its turn comes. */
const WITHDRAWALS: Record<Happening, ReturnType<typeof whyWithdrawn>> = {
  stayed: null,
  left: 'not_in_trigger_stage',
  'came back': null,
  archived: 'archived',
  'un-archived': null,
  merged: 'opportunity_not_found',
  deleted: 'opportunity_not_found',
};

interface Cell {
  latest: string;
  happening: Happening;
  decision: string;
}

interface Matrix {
  happenings: string[];
  latests: string[];
  cells: Cell[];
}

function matrixOf(table: string): Matrix {
  const [header = [], ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return {
    happenings: header.slice(1),
    latests: rows.map(([latest = '']) => latest),
    cells: rows.flatMap(([latest = '', ...decisions]) =>
      decisions.map((decision, column) => ({ latest, happening: header[column + 1] as Happening, decision })),
    ),
  };
}

const triggers = matrixOf(DECISIONS);
const departures = matrixOf(DEPARTURES);

function inWords(decision: TriggerDecision): string {
  if (decision.act === 'ignore') return decision.reason;
  return decision.act === 'tell' ? `tell ${decision.reason}` : decision.act;
}

describe('the matrix of triggers', () => {
  it.each([triggers, departures])(
    'has a row for each status of an order and a column for each happening (T7)',
    ({ latests, happenings }) => {
      expect(latests).toEqual(['none', ...ORDER_STATUSES, 'error at VICTIG', 'told of']);
      expect(happenings).toEqual(Object.keys(HAPPENINGS));
    },
  );

  it.each(
    REORDER.flatMap(([reorder, again]) =>
      triggers.cells.map(({ latest, happening, decision }) => ({
        latest,
        happening,
        decision,
        reorder,
        again,
      })),
    ),
  )(
    'latest $latest, $happening, reorder $reorder: $decision (T7)',
    ({ latest, happening, decision, reorder, again }) => {
      const decided = decideTrigger({
        opportunity: HAPPENINGS[happening],
        triggerStageIds: ['check'],
        reorder,
        latest: orderThatIs(latest),
        triggeredAt: CAME_BACK,
        now: NOW,
      });
      expect(inWords(decided)).toBe(decision === 'by reorder' ? again : decision);
    },
  );

  it.each(departures.cells)(
    'said to have gone, latest $latest, $happening: $decision (T7, T8)',
    ({ latest, happening, decision }) => {
      const decided = decideDeparture({
        opportunity: HAPPENINGS[happening],
        triggerStageIds: ['check'],
        latest: orderThatIs(latest),
      });
      expect(inWords(decided)).toBe(decision);
    },
  );

  it.each(Object.entries(WITHDRAWALS))('an order not placed yet, %s: %s (T6, T8)', (happening, reason) => {
    expect(whyWithdrawn(HAPPENINGS[happening as Happening], ['check'])).toBe(reason);
  });
});

describe('an order whose stage is no trigger stage any more', () => {
  const triggerStageIds = ['another stage'];
  const order = { placedBy: null, triggerStageId: 'check' };

  it.each(Object.entries(WITHDRAWALS))('%s: %s, as if it still were one (T8)', (happening, reason) => {
    expect(whyOrderWithdrawn(order, HAPPENINGS[happening as Happening], triggerStageIds)).toBe(reason);
  });

  it('is not withdrawn by a move to a stage that is one by now (T8)', () => {
    expect(whyOrderWithdrawn(order, { ...inStage, stageId: 'another stage' }, triggerStageIds)).toBeNull();
  });

  it.each([
    ['stayed', 'not_in_trigger_stage', 'still_in_stage'],
    ['left', 'tell not_in_trigger_stage', 'tell not_in_trigger_stage'],
  ] as const)(
    'while its check runs, %s: %s; said to have gone: %s (T7)',
    (happening, triggered, departed) => {
      const about = { opportunity: HAPPENINGS[happening], latest: orderThatIs('pending'), triggerStageIds };
      const decided = decideTrigger({ ...about, reorder: 'never', triggeredAt: CAME_BACK, now: NOW });
      expect(inWords(decided)).toBe(triggered);
      expect(inWords(decideDeparture(about))).toBe(departed);
    },
  );
});

const AT_VICTIG: ReadonlySet<string> = new Set([
  'pending',
  'in_progress',
  'complete',
  'canceled',
  'error at VICTIG',
  'told of',
]);

const STATUS_OF: Record<string, OrderStatus> = { 'error at VICTIG': 'error', 'told of': 'pending' };

function orderThatIs(latest: string) {
  if (latest === 'none') return null;
  const status = STATUS_OF[latest] ?? (latest as OrderStatus);
  return {
    id: 'order',
    status,
    statusReason: null,
    triggeredAt: ENTERED,
    completedAt: status === 'complete' ? ENDED : null,
    updatedAt: ENDED,
    providerOrderGuid: AT_VICTIG.has(latest) ? 'order at VICTIG' : null,
    placedBy: null,
    triggerStageId: 'check',
    withdrawnReason: latest === 'told of' ? ('archived' as const) : null,
  };
}
