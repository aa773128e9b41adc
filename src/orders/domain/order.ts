import { WITHDRAWAL_REASONS, type WithdrawalReason } from '../../mapping/refusals.js';
import type { OrderStatus } from './order-status.js';
import type { ReportWarning } from './report-warning.js';

/** One background check, from the decision to order it to its end. Personal data is not in here but sealed beside it. */
export interface Order {
  installationId: string;
  id: string;
  opportunityId: string;
  status: OrderStatus;
  /** A code that says why it is in its status, e.g. the code of a refusal. */
  statusReason: string | null;
  /** Where work goes on when an `error` is over, or when the provider takes up again what it canceled. */
  interruptedStatus: OrderStatus | null;
  /** Number of its latest event; who writes the next number first wins a race. */
  sequence: number;
  /** Who placed it by hand, e.g. `admin_key:<id>`; null: a trigger did. */
  placedBy: string | null;
  /** The settings version it was mapped with (I3). */
  settingsVersion: number;
  /** When the candidate entered the stage: two triggers of one entry are one decision (T7). */
  triggeredAt: Date;
  /** The stage that was entered; null: it was placed by hand, or before this was written down. */
  triggerStageId: string | null;
  productGuid: string | null;
  productName: string | null;
  clientGuid: string | null;
  clientName: string | null;
  reference: string | null;
  /** Codes of what the mapping warned of. */
  mappingWarnings: string[];
  applicantGuid: string | null;
  /** When the last submission began whose outcome may be unknown (V4). */
  submitStartedAt: Date | null;
  providerOrderGuid: string | null;
  fileNumber: string | null;
  /** The provider's status as it wrote it. */
  rawStatus: string | null;
  orderedAt: Date | null;
  completedAt: Date | null;
  flagged: boolean | null;
  decision: string | null;
  /** How often results were taken in: each with a note of its own (R4), late ones of an order that ended here with none (S4). */
  reportRevision: number;
  /** The tags of ours that were last put on the opportunity. */
  shownTags: string[];
  /** Tags of ours beside them that the applicant tracking system did not let go when it was last asked. */
  stuckTags: string[];
  /** Code of the failure that is being retried. */
  trouble: string | null;
  troubleSince: Date | null;
  /** Code of the failure that keeps Lever from showing the order; apart from the provider's trouble. */
  reportTrouble: string | null;
  reportTroubleSince: Date | null;
  /** What Lever does not show and will not by retrying. */
  reportWarnings: ReportWarning[];
  /** What the candidate's invitation is known to be; null until it is read, and where there is none. */
  quickApp: QuickApp | null;
  /**
   * What the provider's list of orders last said of it, marked while it is to be read for it, or once more; a difference is
   * news (V3). Of one that ended unplaced: what it was looked up for.
   */
  listedAs: string | null;
  /** When the provider was last asked about it, was heard of it in a list, or a job to ask was sent. */
  refreshedAt: Date | null;
  /** Why the check went on without its candidate, once people were to be told (T7); null: it did not. */
  withdrawnReason: WithdrawalReason | null;
  withdrawnAt: Date | null;
  /** When it turned out that the provider had taken it, after it had been rejected; null: it did not. */
  orderedAfterAllAt: Date | null;
  /** When it came to its end, or when results of it were last taken in after that: it is kept from then on (A3). Null while it is open. */
  endedAt: Date | null;
  /** When its personal data and results were destroyed (A3). */
  erasedAt: Date | null;
  /** Since when nothing of it is to stay in the applicant tracking system (A3); null: what is there may stay. */
  removalAskedAt: Date | null;
  /** Nobody asked for that: only its tags go, for it was erased before they told its outcome. Notes and files stay. */
  removalKeepsNotes: boolean;
  /** A code of the legal hold that keeps it from being erased; null: none. */
  legalHoldReason: string | null;
  legalHoldSince: Date | null;
  createdAt: Date;
  /** When its status or the provider's last changed: more news are likely soon after (V3). */
  newsAt: Date;
  updatedAt: Date;
}

/** As it is kept: moments are ISO 8601. */
export interface QuickApp {
  expiresAt: string | null;
  emailsSent: number;
  textsSent: number;
  remindersSent: number;
  warning: QuickAppWarning | null;
}

export const QUICK_APP_WARNINGS = ['quick_app_expiring', 'quick_app_expired'] as const;
export type QuickAppWarning = (typeof QUICK_APP_WARNINGS)[number];

/** Where the order stands, seen through an error or its being canceled. */
export const standingOf = ({
  status,
  interruptedStatus,
}: Pick<Order, 'status' | 'interruptedStatus'>): OrderStatus =>
  interruptedStatus ?? (status === 'error' ? 'received' : status);

/** Only who cancels it at the provider gives no reason: people here do, and so does a candidate who left (T8, S4). */
export const isCanceledAtProvider = ({
  status,
  statusReason,
  providerOrderGuid,
}: Pick<Order, 'status' | 'statusReason' | 'providerOrderGuid'>): boolean =>
  status === 'canceled' && statusReason === null && providerOrderGuid !== null;

/**
 * What ended before it was placed, and not because a person ended it, is open again once it turns out that the provider had
 * taken it (V4). Of an erased order nothing is taken in again (A3).
 */
export const mayTurnOutPlaced = (
  order: Pick<Order, 'status' | 'statusReason' | 'providerOrderGuid' | 'erasedAt'>,
): boolean =>
  order.providerOrderGuid === null &&
  order.erasedAt === null &&
  (order.status === 'rejected' || wasWithdrawn(order));

/** Whether it ended unplaced because its candidate had gone (T8). */
export const wasWithdrawn = ({
  status,
  statusReason,
  providerOrderGuid,
}: Pick<Order, 'status' | 'statusReason' | 'providerOrderGuid'>): boolean =>
  providerOrderGuid === null && status === 'canceled' && WITHDRAWN.has(statusReason);

const WITHDRAWN: ReadonlySet<string | null> = new Set(WITHDRAWAL_REASONS);

/** Whether it may be open again after it ended, where no other overtook it (T7). */
export const mayBeTakenUp = (order: Order): boolean => isCanceledAtProvider(order) || mayTurnOutPlaced(order);
