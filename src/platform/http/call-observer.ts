import { UpstreamError } from '../errors/upstream-error.js';
import type { VendorCall } from './vendor-calls.js';

/** Why we did not make a call ourselves. */
export const HOLD_REASONS = [
  'breaker_open',
  'held_back',
  'vendor_pause',
  'day_used_up',
  'too_late',
  'service_paused',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** Hears of every call to a vendor, whoever makes it; for those who count. */
export interface CallObserver {
  called(call: Pick<VendorCall, 'vendor' | 'operation' | 'outcome' | 'durationMs'>): void;
  heldBack(vendor: string, reason: HoldReason): void;
}

/** For tools and tests, where nobody counts. */
export const NOBODY: CallObserver = { called: () => undefined, heldBack: () => undefined };

/** Makes a call, and tells how it went and how long it took; a mistake of ours is no call. */
export async function observed<T>(
  observer: CallObserver,
  call: Pick<VendorCall, 'vendor' | 'operation'>,
  make: () => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  const ended = (outcome: VendorCall['outcome']): void =>
    observer.called({ ...call, outcome, durationMs: performance.now() - startedMs });
  try {
    const answer = await make();
    ended('answered');
    return answer;
  } catch (error) {
    if (error instanceof UpstreamError) ended(error.failure);
    throw error;
  }
}
