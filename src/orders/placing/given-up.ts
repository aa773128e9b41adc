import { UpstreamError } from '../../platform/errors/upstream-error.js';
import type { Order } from '../domain/order.js';

/** For so long it is asked what became of a submission whose order has ended. */
const LOOKED_FOR_MS = 24 * 3_600_000;

export const endedLongAgo = ({ endedAt }: Pick<Order, 'endedAt'>, now: Date): boolean =>
  endedAt !== null && now.getTime() - endedAt.getTime() > LOOKED_FOR_MS;

/** VICTIG answers, and does not say whether there is an order; not that it cannot be reached at present. */
export const isUnclear = (error: unknown): boolean =>
  error instanceof UpstreamError && (error.failure === 'rejected' || error.failure === 'malformed');

/**
 * Whether others wait no longer for what became of it. Also where the credentials are refused: where it is for its client alone,
 * which the installation may not order under any more, that need never end; otherwise whoever waits is refused, too.
 */
export const isGivenUp = (order: Pick<Order, 'endedAt'>, error: unknown, now: Date): boolean =>
  endedLongAgo(order, now) &&
  (isUnclear(error) || (error instanceof UpstreamError && error.failure === 'unauthorized'));
