import type { IgnoreReason } from './decide-trigger.js';

/**
 * What can happen in the life of an order, one shape for each kind. Data holds ids, codes and what the order's
 * own columns hold; never a name, an address or a link.
 */
export type OrderEvent =
  | { kind: 'opened'; data: { deliveryId: string | null } }
  | { kind: 'held'; data: { until: string } }
  | {
      kind: 'mapped';
      data: { product: string; client: string; reference: string | null; warnings: string[] };
    }
  | { kind: 'refused'; data: { codes: string[] } }
  | { kind: 'withdrawn'; data: { reason: IgnoreReason } }
  | { kind: 'applicant_created'; data: { applicantGuid: string } }
  | { kind: 'submit_started'; data: { applicantGuid: string } }
  | { kind: 'submit_not_received'; data: { failure: string } }
  | { kind: 'placed'; data: { orderGuid: string; fileNumber: string; foundAgain: boolean } }
  | { kind: 'observed'; data: { rawStatus: string; unknown: boolean } }
  | {
      kind: 'results_taken';
      data: { rawStatus: string; revision: number; flagged: boolean; decision: string | null };
    }
  | { kind: 'trouble'; data: { failure: string; message: string } }
  | { kind: 'error_shown'; data: { failure: string } }
  | { kind: 'note_posted'; data: { reference: string; secret: boolean; foundAgain: boolean } }
  | { kind: 'tags_set'; data: { added: string[]; removed: string[] } }
  | { kind: 'opportunity_gone'; data: Record<string, never> };
