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

type Standing = Pick<Order, 'status' | 'providerOrderGuid'>;

/** Canceled means canceled at VICTIG: what was withdrawn before it was ordered ends silently (T8). */
export const endedSilently = ({ status, providerOrderGuid }: Standing): boolean =>
  status === 'canceled' && providerOrderGuid === null;

/** The status that the recruiter is to see; null: none, or none any more. */
export const progressOf = (order: Standing): StatusTagValue | null =>
  endedSilently(order) ? null : TAG_OF_STATUS[order.status];
