import type { WithdrawalReason } from '../../mapping/refusals.js';
import type { Settings } from '../../mapping/settings.js';
import type { Opportunity } from '../ports/applicant-tracking.js';
import { wasWithdrawn, type Order } from './order.js';
import { isFinal } from './order-status.js';
import { runsUntold, whyOrderWithdrawn, whyWithdrawn, type RunningOrder } from './withdrawal.js';

/** Why a trigger orders nothing; shown on the delivery. */
export type IgnoreReason =
  | WithdrawalReason
  | 'order_open'
  | 'already_decided'
  | 'already_complete'
  /** The opportunity shows an order that this database, an older copy, does not know of. */
  | 'ordered_before_restore'
  /** The candidate was said to have gone, and is there. */
  | 'still_in_stage'
  /** The candidate is said to have gone, and there is nothing at VICTIG that would have to be stopped. */
  | 'no_check_running';

export type TriggerDecision =
  | { act: 'open'; enteredAt: Date }
  /** The order is in error: the trigger retries it at once. */
  | { act: 'retry'; orderId: string }
  /** The candidate was withdrawn, and the check goes on: people are told, once. */
  | { act: 'tell'; orderId: string; reason: WithdrawalReason }
  | { act: 'ignore'; reason: IgnoreReason; orderId?: string };

export interface Trigger {
  /** As the applicant tracking system has it now; what a webhook claims is not signed (T6). */
  opportunity: Opportunity | null;
  triggerStageIds: readonly string[];
  reorder: Settings['reorder'];
  /** The open order of the opportunity; where none is, the latest. */
  latest:
    (Pick<Order, 'id' | 'statusReason' | 'triggeredAt' | 'completedAt' | 'updatedAt'> & RunningOrder) | null;
  /** Where `latest` ended silently: the order that is shown none the less. */
  shown?: Pick<
    Order,
    'id' | 'status' | 'statusReason' | 'providerOrderGuid' | 'completedAt' | 'updatedAt'
  > | null;
  /** An order that was placed is shown, and is not `latest` nor any other that is known. */
  showsForgottenOrder?: boolean;
  /** When the sender says the candidate was moved; used where the system does not say when. */
  triggeredAt: Date;
  /**
   * When the last of the other triggers was sent that was decided by one of `ordersThatCount`, by the sender's clock as the entry
   * of the stage is; null: there is none. Left out while it is not known: it matters only where another order would be opened.
   */
  lastDecidedAt?: Date | null;
  now: Date;
}

const UNLESS_TOO_EARLY: ReadonlySet<string> = new Set<IgnoreReason>([
  'not_in_trigger_stage',
  'opportunity_not_found',
]);
const STILL_IN_STAGE: IgnoreReason = 'still_in_stage';
const ALREADY_DECIDED: IgnoreReason = 'already_decided';

/** So far apart are, at the most, the times at which two webhooks were told of one move. */
const TOLD_TOGETHER_MS = 5_000;

/** On the delivery of a trigger that had the open order retried. */
export const RETRIED_AT_ONCE = 'retried_at_once';

/** What is on the deliveries of triggers that found the order open: none opens it, and none tells that somebody has gone. */
export const FOUND_OPEN: readonly string[] = ['order_open' satisfies IgnoreReason, RETRIED_AT_ONCE];

/** What is on the deliveries of triggers whose entry of the stage was decided by an order that was there already. */
export const DECIDED_BY_ORDER: readonly string[] = [...FOUND_OPEN, 'already_complete' satisfies IgnoreReason];

/** Whether what is ignored for this may have been read before the system knew what it had told. */
export function mayBeTooEarly(
  reason: string,
  { opportunity, triggeredAt }: Pick<Trigger, 'opportunity' | 'triggeredAt'>,
): boolean {
  if (UNLESS_TOO_EARLY.has(reason)) return true;
  const enteredAt = opportunity?.stageEnteredAt ?? null;
  // Who came back since has entered the stage after that.
  if (reason === STILL_IN_STAGE) return enteredAt === null || enteredAt < triggeredAt;
  // Mostly it is the other webhook of the entry that is shown.
  return reason === ALREADY_DECIDED && enteredAt !== null && !isToldTogether(triggeredAt, enteredAt);
}

const isToldTogether = (a: Date, b: Date): boolean => a.getTime() - b.getTime() <= TOLD_TOGETHER_MS;

const DAY_MS = 24 * 3_600 * 1_000;

/** One order for each decision of a recruiter (T6, T7). */
export function decideTrigger(trigger: Trigger): TriggerDecision {
  const { opportunity, latest } = trigger;
  const withdrawn = whyWithdrawn(opportunity, trigger.triggerStageIds);
  if (withdrawn || !opportunity) {
    const runs = latest !== null && whyOrderWithdrawn(latest, opportunity, trigger.triggerStageIds) !== null;
    return withoutCandidate(withdrawn ?? 'opportunity_not_found', runs ? latest : null);
  }

  const enteredAt = opportunity.stageEnteredAt ?? trigger.triggeredAt;
  if (trigger.showsForgottenOrder && (!latest || isFinal(latest.status))) {
    return ignore('ordered_before_restore', latest?.id);
  }
  if (!latest) return { act: 'open', enteredAt };
  if (latest.status === 'error') return { act: 'retry', orderId: latest.id };
  if (!isFinal(latest.status)) return ignore('order_open', latest.id);
  if (isSameEntry(trigger, latest)) return ignore(ALREADY_DECIDED, latest.id);
  // One that ended silently is no check: whether there may be another is said of the one before.
  const check = trigger.shown ?? latest;
  if (check.status === 'complete' && !mayReorder(trigger, check.completedAt ?? check.updatedAt)) {
    return ignore('already_complete', check.id);
  }
  if (wasDecided(trigger, enteredAt)) return ignore(ALREADY_DECIDED, latest.id);
  return { act: 'open', enteredAt };
}

/** Whether it tells of the entry that the order was opened for. Each webhook of one move has a time of its own. */
const isSameEntry = ({ opportunity, triggeredAt }: Trigger, latest: Pick<Order, 'triggeredAt'>): boolean => {
  const enteredAt = opportunity?.stageEnteredAt ?? null;
  return enteredAt === null
    ? isToldTogether(triggeredAt, latest.triggeredAt)
    : enteredAt <= latest.triggeredAt;
};

/**
 * The candidate came in again while the order was open, or when a check was complete that may not be repeated, and a trigger sent
 * since then was decided by it: this one tells late of the same entry.
 */
const wasDecided = ({ lastDecidedAt = null }: Trigger, enteredAt: Date): boolean =>
  lastDecidedAt !== null && enteredAt <= lastDecidedAt;

/** The orders of which one that was there already is what a trigger led to. Of one whose candidate had gone before it was placed nothing came. */
export const ordersThatCount = ({ latest, shown = null }: Pick<Trigger, 'latest' | 'shown'>): string[] =>
  [latest, shown].flatMap((order) => (order === null || wasWithdrawn(order) ? [] : order.id));

/** What it means that the candidate is said to have gone. It never orders anything, whatever is true. */
export function decideDeparture({
  opportunity,
  latest,
  triggerStageIds,
}: Pick<Trigger, 'opportunity' | 'latest' | 'triggerStageIds'>): TriggerDecision {
  if (!latest || !runsUntold(latest)) return ignore('no_check_running', latest?.id);
  const withdrawn = whyOrderWithdrawn(latest, opportunity, triggerStageIds);
  return withdrawn ? withoutCandidate(withdrawn, latest) : ignore(STILL_IN_STAGE, latest.id);
}

function withoutCandidate(reason: WithdrawalReason, latest: Trigger['latest']): TriggerDecision {
  return latest && runsUntold(latest) ? { act: 'tell', orderId: latest.id, reason } : ignore(reason);
}

function mayReorder({ reorder, now }: Trigger, completedAt: Date): boolean {
  if (reorder === 'never') return false;
  if (reorder === 'always') return true;
  return now.getTime() - completedAt.getTime() >= reorder.afterDays * DAY_MS;
}

function ignore(reason: IgnoreReason, orderId?: string): TriggerDecision {
  return { act: 'ignore', reason, ...(orderId ? { orderId } : {}) };
}
