import type { Order } from './order.js';
import { OPEN_STATUSES, type OrderStatus } from './order-status.js';
import { hasRefusedTags } from './shown-tags.js';

/**
 * What a person may do to an order: `refresh` read it at the provider, and put its tags and its report in Lever right ·
 * `retry` try at once what is being retried · `cancel` mark ours as canceled · `discard` give up what is in error, so that
 * a new trigger may order again (T7).
 */
export const ORDER_ACTS = ['refresh', 'retry', 'cancel', 'discard'] as const;
export type OrderAct = (typeof ORDER_ACTS)[number];

const AT_PROVIDER: readonly OrderStatus[] = ['pending', 'in_progress', 'complete', 'error', 'canceled'];

/** In which statuses an act can make sense. */
export const STATUSES_FOR: Readonly<Record<OrderAct, readonly OrderStatus[]>> = {
  refresh: AT_PROVIDER,
  retry: ['received', 'held', 'submitting', 'error'],
  cancel: OPEN_STATUSES,
  discard: ['error'],
};

/** Why an act is refused: a code for programs. */
export type ActRefusal = 'wrong_status' | 'not_at_victig' | 'order_erased';

type Subject = Pick<
  Order,
  | 'status'
  | 'providerOrderGuid'
  | 'clientGuid'
  | 'trouble'
  | 'reportTrouble'
  | 'shownTags'
  | 'stuckTags'
  | 'reportWarnings'
  | 'erasedAt'
>;

/** Null: the order allows it. */
export function refusalOfAct(act: OrderAct, order: Subject): ActRefusal | null {
  const reads = act === 'refresh' || act === 'retry';
  if (reads && order.erasedAt !== null) return 'order_erased';
  // Whatever its status: something is being retried.
  if (act === 'retry' && (order.trouble !== null || order.reportTrouble !== null)) return null;
  // Nor does it matter then whether there is anything to read at the provider.
  if (act === 'refresh' && hasRefusedTags(order)) return null;
  if (!STATUSES_FOR[act].includes(order.status)) return 'wrong_status';
  if (act === 'refresh' && (order.providerOrderGuid === null || order.clientGuid === null)) {
    return 'not_at_victig';
  }
  return null;
}
