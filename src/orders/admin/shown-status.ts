import { ORDER_STATUSES, type OrderStatus } from '../domain/order-status.js';

/** To people an order that is held or being submitted has been received. */
const SHOWN_AS_RECEIVED = ['held', 'submitting'] as const;

export type ShownStatus = Exclude<OrderStatus, (typeof SHOWN_AS_RECEIVED)[number]>;

const isShown = (status: OrderStatus): status is ShownStatus =>
  !SHOWN_AS_RECEIVED.some((hidden) => hidden === status);

export const SHOWN_STATUSES: readonly ShownStatus[] = ORDER_STATUSES.filter(isShown);

export const shownStatus = (status: OrderStatus): ShownStatus => (isShown(status) ? status : 'received');
