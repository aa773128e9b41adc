import type { Settings } from '../../mapping/settings.js';
import type { Opportunity } from '../ports/applicant-tracking.js';
import type { Order } from './order.js';
import { isFinal } from './order-status.js';

/** Why a trigger orders nothing; shown on the delivery. */
export type IgnoreReason =
  | 'opportunity_not_found'
  | 'not_in_trigger_stage'
  | 'archived'
  | 'order_open'
  | 'already_decided'
  | 'already_complete';

export type TriggerDecision =
  | { act: 'open'; enteredAt: Date }
  /** The order is in error: the trigger retries it at once. */
  | { act: 'retry'; orderId: string }
  | { act: 'ignore'; reason: IgnoreReason; orderId?: string };

export interface Trigger {
  /** As the applicant tracking system has it now; what a webhook claims is not signed (T6). */
  opportunity: Opportunity | null;
  triggerStageIds: readonly string[];
  reorder: Settings['reorder'];
  /** The latest order of the opportunity. */
  latest: Pick<Order, 'id' | 'status' | 'triggeredAt' | 'completedAt' | 'updatedAt'> | null;
  /** When the sender says the candidate was moved; used where the system does not say when. */
  triggeredAt: Date;
  now: Date;
}

const DAY_MS = 24 * 3_600 * 1_000;

/** One order for each decision of a recruiter (T6, T7). */
export function decideTrigger(trigger: Trigger): TriggerDecision {
  const { opportunity, latest } = trigger;
  if (!opportunity) return ignore('opportunity_not_found');
  if (opportunity.stageId === null || !trigger.triggerStageIds.includes(opportunity.stageId)) {
    return ignore('not_in_trigger_stage');
  }
  if (opportunity.archived) return ignore('archived');

  const enteredAt = opportunity.stageEnteredAt ?? trigger.triggeredAt;
  if (!latest) return { act: 'open', enteredAt };
  if (latest.status === 'error') return { act: 'retry', orderId: latest.id };
  if (!isFinal(latest.status)) return ignore('order_open', latest.id);
  if (enteredAt <= latest.triggeredAt) return ignore('already_decided', latest.id);
  if (latest.status === 'complete' && !mayReorder(trigger, latest.completedAt ?? latest.updatedAt)) {
    return ignore('already_complete', latest.id);
  }
  return { act: 'open', enteredAt };
}

function mayReorder({ reorder, now }: Trigger, completedAt: Date): boolean {
  if (reorder === 'never') return false;
  if (reorder === 'always') return true;
  return now.getTime() - completedAt.getTime() >= reorder.afterDays * DAY_MS;
}

function ignore(reason: IgnoreReason, orderId?: string): TriggerDecision {
  return { act: 'ignore', reason, ...(orderId ? { orderId } : {}) };
}
