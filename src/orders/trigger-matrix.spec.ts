import { describe, expect, it } from 'vitest';
import type { Configuration } from '../installations/installation.js';
import { settingsSchema, type Settings } from '../mapping/settings.js';
import { whyWithdrawn } from './map-order.js';
import type { Opportunity } from './ports/applicant-tracking.js';
import { decideTrigger } from './domain/decide-trigger.js';
import { ORDER_STATUSES, type OrderStatus } from './domain/order-status.js';

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

/** What a trigger does, by the latest order and by what happened. */
const DECISIONS = `
  latest      | stayed           | left                 | came back   | archived | un-archived      | merged                | deleted
  none        | open             | not_in_trigger_stage | open        | archived | open             | opportunity_not_found | opportunity_not_found
  received    | order_open       | not_in_trigger_stage | order_open  | archived | order_open       | opportunity_not_found | opportunity_not_found
  held        | order_open       | not_in_trigger_stage | order_open  | archived | order_open       | opportunity_not_found | opportunity_not_found
  submitting  | order_open       | not_in_trigger_stage | order_open  | archived | order_open       | opportunity_not_found | opportunity_not_found
  pending     | order_open       | not_in_trigger_stage | order_open  | archived | order_open       | opportunity_not_found | opportunity_not_found
  in_progress | order_open       | not_in_trigger_stage | order_open  | archived | order_open       | opportunity_not_found | opportunity_not_found
  complete    | already_decided  | not_in_trigger_stage | by reorder  | archived | already_decided  | opportunity_not_found | opportunity_not_found
  rejected    | already_decided  | not_in_trigger_stage | open        | archived | already_decided  | opportunity_not_found | opportunity_not_found
  error       | retry            | not_in_trigger_stage | retry       | archived | retry            | opportunity_not_found | opportunity_not_found
  canceled    | already_decided  | not_in_trigger_stage | open        | archived | already_decided  | opportunity_not_found | opportunity_not_found
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

const [header = [], ...rows] = DECISIONS.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));
const cells = rows.flatMap(([latest = '', ...decisions]) =>
  decisions.map((decision, column) => ({
    latest,
    happening: header[column + 1] as Happening,
    decision,
  })),
);

const configuration: Configuration = {
  name: 'Acme',
  triggerStageIds: ['check'],
  leverPerformAs: null,
  victigClientGuid: 'client',
  certification: { certifiedBy: 'HR', certifiedAt: '2026-11-01T00:00:00Z', statement: 'Yes.' },
  settings: settingsSchema.parse({ defaultProduct: 'Criminal Package 1' }),
};

describe('the matrix of triggers', () => {
  it('has a row for each status of an order and a column for each happening (T7)', () => {
    expect(rows.map(([latest]) => latest)).toEqual(['none', ...ORDER_STATUSES]);
    expect(header.slice(1)).toEqual(Object.keys(HAPPENINGS));
  });

  it.each(
    REORDER.flatMap(([reorder, again]) =>
      cells.map(({ latest, happening, decision }) => ({ latest, happening, decision, reorder, again })),
    ),
  )(
    'latest $latest, $happening, reorder $reorder: $decision (T7)',
    ({ latest, happening, decision, reorder, again }) => {
      const decided = decideTrigger({
        opportunity: HAPPENINGS[happening],
        triggerStageIds: ['check'],
        reorder,
        latest: latest === 'none' ? null : orderThatIs(latest as OrderStatus),
        triggeredAt: CAME_BACK,
        now: NOW,
      });
      const said = decided.act === 'ignore' ? decided.reason : decided.act;
      expect(said).toBe(decision === 'by reorder' ? again : decision);
    },
  );

  it.each(Object.entries(WITHDRAWALS))('an order not placed yet, %s: %s (T6, T8)', (happening, reason) => {
    expect(whyWithdrawn(HAPPENINGS[happening as Happening], configuration)).toBe(reason);
  });
});

const orderThatIs = (status: OrderStatus) => ({
  id: 'order',
  status,
  triggeredAt: ENTERED,
  completedAt: status === 'complete' ? ENDED : null,
  updatedAt: ENDED,
});
