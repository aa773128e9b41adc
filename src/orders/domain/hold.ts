import type { Opportunity } from '../ports/applicant-tracking.js';
import type { Order } from './order.js';

/** Of an order: when its candidate entered the stage, and which. */
export type Entry = Pick<Order, 'triggeredAt' | 'triggerStageId'>;

/**
 * Until when an order is held (T8): from when it was opened, or from an entry that came after that.
 * @returns null where nothing is held
 */
export function heldUntil(
  { createdAt }: Pick<Order, 'createdAt'>,
  { triggeredAt }: Entry,
  holdSeconds: number,
): Date | null {
  if (holdSeconds === 0) return null;
  return new Date(Math.max(createdAt.getTime(), triggeredAt.getTime()) + holdSeconds * 1_000);
}

/** The entry of a candidate who went away and is back, after the one that the order knows; null: there was none. */
export function laterEntry(order: Entry, opportunity: Opportunity | null): Entry | null {
  const { stageEnteredAt = null, stageId = null } = opportunity ?? {};
  return stageEnteredAt !== null && stageEnteredAt > order.triggeredAt
    ? { triggeredAt: stageEnteredAt, triggerStageId: stageId }
    : null;
}
