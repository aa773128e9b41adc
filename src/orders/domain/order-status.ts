export const ORDER_STATUSES = [
  'received',
  'held',
  'submitting',
  'pending',
  'in_progress',
  'complete',
  'rejected',
  'error',
  'canceled',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** The legal moves of an order, and no others. */
export const TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  received: ['held', 'submitting', 'rejected', 'canceled', 'error'],
  held: ['submitting', 'rejected', 'canceled', 'error'],
  submitting: ['pending', 'in_progress', 'rejected', 'canceled', 'error'],
  pending: ['in_progress', 'complete', 'canceled', 'error'],
  in_progress: ['complete', 'canceled', 'error'],
  // An error is left for wherever the work went on.
  error: ['received', 'held', 'submitting', 'pending', 'in_progress', 'complete', 'rejected', 'canceled'],
  complete: [],
  // Only where it turns out that the provider had taken it.
  rejected: ['pending'],
  // Only so, too, and where the provider canceled it and takes it up again: it follows the provider as before.
  canceled: ['pending', 'in_progress', 'complete', 'error'],
};

const FINAL: ReadonlySet<OrderStatus> = new Set(['complete', 'rejected', 'canceled']);

/** Its work has come to its end; a new trigger may order again (T7). */
export const isFinal = (status: OrderStatus): boolean => FINAL.has(status);

/** Open orders keep further triggers of their opportunity from ordering again (T7). */
export const OPEN_STATUSES = ORDER_STATUSES.filter((status) => !isFinal(status));

export class IllegalMove extends Error {
  override readonly name = 'IllegalMove';

  constructor(
    readonly from: OrderStatus,
    readonly to: OrderStatus,
  ) {
    super(`an order cannot move from ${from} to ${to}`);
  }
}

/** @throws IllegalMove */
export function assertMove(from: OrderStatus, to: OrderStatus): void {
  if (!TRANSITIONS[from].includes(to)) throw new IllegalMove(from, to);
}
