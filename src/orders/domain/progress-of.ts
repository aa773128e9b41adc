import type { StatusTagValue } from '../../mapping/progress-tags.js';
import type { Order } from './order.js';
import type { OrderStatus } from './order-status.js';

const TAG_OF_STATUS: Record<OrderStatus, StatusTagValue | null> = {
  received: null,
  held: null,
  submitting: null,
  pending: 'Pending',
  in_progress: 'In Progress',
  complete: 'Complete',
  rejected: 'Rejected',
  error: 'Error',
  canceled: 'Canceled',
};

/** The status that the recruiter is to see; null: none, or none any more. */
export function progressOf(order: Pick<Order, 'status' | 'providerOrderGuid'>): StatusTagValue | null {
  // Canceled means canceled at VICTIG: what was withdrawn before it was ordered ends silently (T8).
  const endsSilently = order.status === 'canceled' && order.providerOrderGuid === null;
  return endsSilently ? null : TAG_OF_STATUS[order.status];
}
