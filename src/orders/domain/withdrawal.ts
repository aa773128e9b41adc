import type { WithdrawalReason } from '../../mapping/refusals.js';
import type { Whereabouts } from '../ports/applicant-tracking.js';
import type { Order } from './order.js';
import { isFinal } from './order-status.js';

/** Null when the candidate is where checks are ordered (T6). */
export function whyWithdrawn(
  opportunity: Whereabouts | null,
  triggerStageIds: readonly string[],
): WithdrawalReason | null {
  if (!opportunity) return 'opportunity_not_found';
  if (opportunity.archived) return 'archived';
  const inStage = opportunity.stageId !== null && triggerStageIds.includes(opportunity.stageId);
  return inStage ? null : 'not_in_trigger_stage';
}

type Origin = Pick<Order, 'placedBy' | 'triggerStageId'>;

/**
 * As `whyWithdrawn`, for an order: one that a person placed by hand needs no trigger stage (ADR 20). Who stands in the
 * stage that it was opened for has not left it, whatever the settings make of that stage by now (ADR 35).
 */
export function whyOrderWithdrawn(
  { placedBy, triggerStageId }: Origin,
  opportunity: Whereabouts | null,
  triggerStageIds: readonly string[],
): WithdrawalReason | null {
  const stageIds = triggerStageId === null ? triggerStageIds : [...triggerStageIds, triggerStageId];
  const reason = whyWithdrawn(opportunity, stageIds);
  return placedBy !== null && reason === 'not_in_trigger_stage' ? null : reason;
}

export type RunningOrder = Pick<Order, 'status' | 'providerOrderGuid' | 'withdrawnReason'> & Origin;

/**
 * Whether the check runs at the provider and nobody was told yet that it does so without its candidate. What is not
 * placed yet is no such order: before it is, the candidacy is read again.
 */
export const runsUntold = (order: RunningOrder): boolean =>
  order.providerOrderGuid !== null && !isFinal(order.status) && order.withdrawnReason === null;
