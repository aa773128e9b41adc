import type { WithdrawalReason } from '../../mapping/refusals.js';
import type { Settings } from '../../mapping/settings.js';
import type { Opportunity } from '../ports/applicant-tracking.js';
import type { Order } from './order.js';
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
  /** The latest order of the opportunity. */
  latest: (Pick<Order, 'id' | 'triggeredAt' | 'completedAt' | 'updatedAt'> & RunningOrder) | null;
  /** Where `latest` ended silently: the order that is shown none the less. */
  shown?: Pick<Order, 'id' | 'status' | 'completedAt' | 'updatedAt'> | null;
  /** An order that was placed is shown, and is not `latest` nor any other that is known. */
  showsForgottenOrder?: boolean;
  /** When the sender says the candidate was moved; used where the system does not say when. */
  triggeredAt: Date;
  now: Date;
}

const UNLESS_TOO_EARLY: ReadonlySet<string> = new Set<IgnoreReason>([
  'not_in_trigger_stage',
  'opportunity_not_found',
]);

/** Whether a trigger that was ignored for this may have been read before the system knew what it had told. */
export const mayBeTooEarly = (reason: string): boolean => UNLESS_TOO_EARLY.has(reason);

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
  if (enteredAt <= latest.triggeredAt) return ignore('already_decided', latest.id);
  // One that ended silently is no check: whether there may be another is said of the one before.
  const check = trigger.shown ?? latest;
  if (check.status === 'complete' && !mayReorder(trigger, check.completedAt ?? check.updatedAt)) {
    return ignore('already_complete', check.id);
  }
  return { act: 'open', enteredAt };
}

/** What it means that the candidate is said to have gone. It never orders anything, whatever is true. */
export function decideDeparture({
  opportunity,
  latest,
  triggerStageIds,
}: Pick<Trigger, 'opportunity' | 'latest' | 'triggerStageIds'>): TriggerDecision {
  if (!latest || !runsUntold(latest)) return ignore('no_check_running', latest?.id);
  const withdrawn = whyOrderWithdrawn(latest, opportunity, triggerStageIds);
  return withdrawn ? withoutCandidate(withdrawn, latest) : ignore('still_in_stage', latest.id);
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
