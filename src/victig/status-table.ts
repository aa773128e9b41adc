import type { ScreeningPhase } from '../orders/ports/screening-provider.js';

/**
 * VICTIG's order statuses, exactly as it writes them, and what each means for an order (S4). Only `app-pending`
 * and `complete` have been seen in recorded traffic; the rest comes from an SDK in production use.
 */
export const STATUS_PHASES: Readonly<Record<string, ScreeningPhase>> = {
  // The candidate has yet to fill in the QuickApp.
  'app-pending': 'invited',
  draft: 'invited',

  'app-ready': 'in_progress',
  new: 'in_progress',
  pending: 'in_progress',
  'pre-pull': 'in_progress',
  'dispatched qc': 'in_progress',
  'qa review': 'in_progress',
  'pending review': 'in_progress',
  // Somebody at the agency, its client, or the candidate has to do something.
  'client message': 'in_progress',
  'end-user': 'in_progress',

  complete: 'complete',
  canceled: 'canceled',
  'internal-error': 'failed',
  // Put away, whatever came of it.
  archived: 'keep',
};

/** The phase of a status; `unknown` for one that is not in the table. */
export function phaseOf(rawStatus: string): ScreeningPhase {
  return Object.hasOwn(STATUS_PHASES, rawStatus) ? (STATUS_PHASES[rawStatus] ?? 'unknown') : 'unknown';
}
