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

/** The status that the recruiter is to see; null: none. */
export function progressOf(
  order: Pick<Order, 'status' | 'providerOrderGuid' | 'shownTags'>,
): StatusTagValue | null {
  // What was withdrawn before it was ordered ends silently, unless something of it is to be seen already (T8).
  const endsSilently =
    order.status === 'canceled' && order.providerOrderGuid === null && order.shownTags.length === 0;
  return endsSilently ? null : TAG_OF_STATUS[order.status];
}
