import type { WithdrawalReason } from '../../mapping/refusals.js';
import type { QuickApp } from './order.js';

/**
 * What can happen in the life of an order, one shape for each kind. Data holds ids, codes and what the order's
 * own columns hold; never a name, an address or a link. What an erasure takes from the columns it takes from here, too.
 */
export type OrderEvent =
  | { kind: 'opened'; data: { deliveryId: string | null } }
  | { kind: 'canceled_by_hand' | 'discarded'; data: { atVictig: AtVictig; reason: string | null } }
  | { kind: 'held'; data: { until: string } }
  | {
      kind: 'mapped';
      data: {
        product: string;
        client: string;
        reference: string | null;
        warnings: string[];
        /** Where each value came from, without the values; events from before have none. */
        sources?: MappingSource[];
        /** By which it was mapped; events from before have none. */
        settingsVersion?: number;
      };
    }
  | { kind: 'refused'; data: { codes: string[] } }
  | { kind: 'withdrawn'; data: { reason: WithdrawalReason } }
  /** The candidate went while the check ran; the message says who can stop it. */
  | { kind: 'runs_without_candidate'; data: { reason: WithdrawalReason; message: string } }
  | { kind: 'applicant_created'; data: { applicantGuid: string } }
  /** Events from before every submission was remembered name the applicant only. */
  | { kind: 'submit_started'; data: { applicantGuid: string; clientGuid?: string; productGuid?: string } }
  | { kind: 'submit_not_received'; data: { failure: string } }
  | { kind: 'placed'; data: { orderGuid: string; fileNumber: string; foundAgain: boolean } }
  /** Ours had ended when it was found out that the provider took it after all. Its opportunity may have had a later one by then. */
  | { kind: 'placed_after_end'; data: { orderGuid: string; fileNumber: string; laterOrderId?: string } }
  /** The provider holds a further order that carries our id. */
  | { kind: 'placed_twice'; data: { orderGuid: string; fileNumber: string } }
  /** The provider gave it only after it took the order, or another one. */
  | { kind: 'file_number'; data: { fileNumber: string } }
  | { kind: 'observed'; data: Observation }
  | { kind: 'quick_app'; data: QuickApp }
  | {
      kind: 'results_taken';
      data: { rawStatus: string; revision: number; flagged: boolean; decision: string | null };
    }
  | { kind: 'trouble'; data: { failure: string; message: string } }
  /** It has waited for long, for calls of other orders are before it at a vendor's limit. */
  | { kind: 'waits_for_turn'; data: { vendor: string } }
  | { kind: 'error_shown'; data: { failure: string } }
  | { kind: 'note_posted'; data: { reference: string; secret: boolean; foundAgain: boolean } }
  | {
      kind: 'tags_set';
      data: { added: string[]; removed: string[]; notAdded: string[]; notRemoved: string[] };
    }
  | {
      kind: 'report_trouble';
      data: {
        failure: string;
        message: string;
        permission: string | null;
        /** No try mends it, but a person who connects Lever; events from before do not say. */
        untilConnected?: true;
      };
    }
  | { kind: 'report_trouble_over'; data: { failure: string } }
  | { kind: 'report_attached'; data: { reference: string; foundAgain: boolean } }
  | { kind: 'attach_failed'; data: { failure: string; code: string | null; givenUp: boolean } }
  | { kind: 'opportunity_gone'; data: Record<string, never> }
  /** `untold`: what Lever showed by then was not its outcome. Events from before do not say. */
  | { kind: 'erased'; data: { cause: 'request' | 'retention'; untold?: true } }
  | { kind: 'hold_set' | 'hold_lifted'; data: { reason: string } }
  | {
      kind: 'removed_from_lever';
      /** Events from before files were removed, or tags that stay were counted, have no number of them. */
      data: {
        tags: number;
        tagsLeft?: number;
        notes: number;
        files?: number;
        gone: boolean;
        /** Only tags were to go. */
        notesStay?: true;
      };
    };

/** Whether the provider has an order that ends only here: `unknown` while a submission has no answer. */
export type AtVictig = 'no' | 'yes' | 'unknown';

export interface MappingSource {
  field: string;
  source: string;
  /** Why; only where nothing of the candidate is told by it. */
  reason?: string;
}

export interface Observation {
  rawStatus: string;
  /** The status is in no table: what is shown is kept, and a person should look (S4). */
  unknown: boolean;
  /** Results of an order that had ended before, where they are news; they are told here and nowhere else (S4). */
  results?: LateResults;
}

export interface LateResults {
  flagged: boolean;
  decision: string | null;
}
