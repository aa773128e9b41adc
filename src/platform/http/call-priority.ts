import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * For whom a vendor is called, most urgent first: `interactive` a person waits for the answer · `order` an order
 * is being placed · `background` everything else · `polling` looking for what nobody told us.
 */
export type CallPriority = 'interactive' | 'order' | 'background' | 'polling';

const current = new AsyncLocalStorage<CallPriority>();

/** All calls to vendors that the work makes, however deep, have this priority. */
export function withPriority<T>(priority: CallPriority, work: () => Promise<T>): Promise<T> {
  return current.run(priority, work);
}

/** `background` unless somebody said otherwise. */
export const currentPriority = (): CallPriority => current.getStore() ?? 'background';
