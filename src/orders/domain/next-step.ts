import type { ScreeningOrder, ScreeningPhase } from '../ports/screening-provider.js';
import { standingOf, type Order } from './order.js';
import { isFinal, type OrderStatus } from './order-status.js';

/** What an order does when the provider's present state is known. */
export interface NextStep {
  /** The status to move to; null: stay. */
  moveTo: OrderStatus | null;
  /** Why it moves; where it stays, why it is in its status from now on, or null: for the reason it had. */
  reason: string | null;
  /** The results are to be read and shown. */
  takeResults: boolean;
  /** The provider's status is not in the table: keep what is shown and warn (S4). */
  unknownStatus: boolean;
}

const STATUS_OF_PHASE: Record<ScreeningPhase, OrderStatus | null> = {
  invited: 'pending',
  in_progress: 'in_progress',
  complete: 'complete',
  canceled: 'canceled',
  failed: 'error',
  keep: null,
  unknown: null,
};

/** How far a status is; what is behind is never gone back to. */
const PROGRESS: Partial<Record<OrderStatus, number>> = {
  submitting: 0,
  pending: 1,
  in_progress: 2,
  complete: 3,
};

/** The error is the provider's own, and not one of reaching it. */
const INTERNAL_ERROR = 'victig_internal_error';

const STAY: NextStep = { moveTo: null, reason: null, takeResults: false, unknownStatus: false };

/**
 * Decides by the provider's present state alone; a callback is only a hint (V2, S4).
 * @param mayBeTakenUp the provider canceled the order, and no other overtook it (T7)
 */
export function nextStep(
  order: Pick<Order, 'status' | 'statusReason' | 'interruptedStatus' | 'flagged' | 'decision'>,
  observed: Pick<ScreeningOrder, 'phase' | 'flagged' | 'decision'>,
  mayBeTakenUp = false,
): NextStep {
  if (observed.phase === 'unknown') return { ...backFromError(order), unknownStatus: true };
  const target = STATUS_OF_PHASE[observed.phase];

  if (order.status === 'complete') {
    const changed = observed.flagged !== order.flagged || observed.decision !== order.decision;
    // A reopened order stays complete until it completes again (S4).
    return { ...STAY, takeResults: target === 'complete' && changed };
  }
  if (isFinal(order.status) && !mayBeTakenUp) return STAY;
  if (target === null) return backFromError(order);
  if (target === 'error') {
    if (isProvidersOwn(order)) return STAY;
    return { ...STAY, moveTo: order.status === 'error' ? null : 'error', reason: INTERNAL_ERROR };
  }

  const standing = standingOf(order);
  const isBehind = (PROGRESS[target] ?? Infinity) < (PROGRESS[standing] ?? 0);
  const goal = isBehind ? standing : target;
  if (goal === order.status) return STAY;
  return { ...STAY, moveTo: goal, takeResults: goal === 'complete' };
}

/** The provider answers again, so an error is over, unless the error is the provider's own. */
function backFromError(order: Pick<Order, 'status' | 'statusReason' | 'interruptedStatus'>): NextStep {
  const isOver = order.status === 'error' && !isProvidersOwn(order);
  return isOver ? { ...STAY, moveTo: standingOf(order) } : STAY;
}

const isProvidersOwn = ({ status, statusReason }: Pick<Order, 'status' | 'statusReason'>): boolean =>
  status === 'error' && statusReason === INTERNAL_ERROR;
