import type { Order } from './order.js';

/** What an order begins with. */
export interface NewOrder {
  installationId: string;
  opportunityId: string;
  settingsVersion: number;
  triggeredAt: Date;
  triggerStageId: string | null;
  deliveryId: string | null;
  /** Who places it by hand. */
  placedBy?: string;
  /** The order of the opportunity before this one. */
  before: Order | null;
}

/** An order that is received, and of which nothing else is known. */
export const newOrder = (
  { installationId, opportunityId, settingsVersion, triggeredAt, triggerStageId, placedBy, before }: NewOrder,
  id: string,
  now: Date,
): Order => ({
  installationId,
  id,
  opportunityId,
  status: 'received',
  statusReason: null,
  interruptedStatus: null,
  sequence: 1,
  placedBy: placedBy ?? null,
  settingsVersion,
  triggeredAt,
  triggerStageId,
  productGuid: null,
  productName: null,
  clientGuid: null,
  clientName: null,
  reference: null,
  mappingWarnings: [],
  applicantGuid: null,
  submitStartedAt: null,
  providerOrderGuid: null,
  fileNumber: null,
  rawStatus: null,
  orderedAt: null,
  completedAt: null,
  flagged: null,
  decision: null,
  reportRevision: 0,
  // What an earlier order left on the opportunity is ours to replace.
  shownTags: before?.shownTags ?? [],
  stuckTags: before?.stuckTags ?? [],
  trouble: null,
  troubleSince: null,
  reportTrouble: null,
  reportTroubleSince: null,
  reportWarnings: [],
  quickApp: null,
  listedAs: null,
  refreshedAt: null,
  withdrawnReason: null,
  withdrawnAt: null,
  orderedAfterAllAt: null,
  endedAt: null,
  erasedAt: null,
  removalAskedAt: null,
  removalKeepsNotes: false,
  legalHoldReason: null,
  legalHoldSince: null,
  createdAt: now,
  newsAt: now,
  updatedAt: now,
});
