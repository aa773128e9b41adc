import { z } from 'zod';
import { defineJob, type RetryPolicy } from '../platform/jobs/job-definition.js';

/** Retried every few minutes for as long as it takes: an order is never given up by itself (S3). */
const PATIENT: RetryPolicy = { maxAttempts: null, firstDelayMs: 1_000, maxDelayMs: 300_000 };

/** Decides on a trigger, or goes on placing an order; at most one at a time for each opportunity. */
export const placeOrder = defineJob({
  name: 'place-order',
  payload: z.object({
    installationId: z.uuid(),
    opportunityId: z.string(),
    deliveryId: z.uuid().optional(),
    orderId: z.uuid().optional(),
    /** The opportunity could not be read, or was not where it was said to be, and is read once more before that counts. */
    secondLook: z.boolean().optional(),
  }),
  key: ({ installationId, opportunityId }) => `${installationId}/${opportunityId}`,
  retry: PATIENT,
});

/** What a delivery says besides ids, for `place-order`: that a candidate has gone from where checks are ordered. */
export const DEPARTURE = { says: 'departure' } as const;

export const isDeparture = ({ facts }: { facts: Record<string, string | null> }): boolean =>
  facts['says'] === DEPARTURE.says;

/** Finds the order that a provider's callback is about. */
export const takeCallback = defineJob({
  name: 'take-callback',
  payload: z.object({ installationId: z.uuid(), deliveryId: z.uuid() }),
  key: ({ deliveryId }) => deliveryId,
  retry: { maxAttempts: 8, firstDelayMs: 1_000, maxDelayMs: 60_000 },
});

/**
 * Reads an order at the provider and takes the next step. Let go after a few tries, and at once where the token is
 * refused: the reconciler asks again, so that an outage neither piles up jobs nor uses up the day's calls.
 */
export const refreshOrder = defineJob({
  name: 'refresh-order',
  payload: z.object({
    installationId: z.uuid(),
    orderId: z.uuid(),
    /** The provider's list of orders said something new; what, the order knows. */
    listed: z.boolean().optional(),
    /** Nobody said that anything happened: it is only long ago that the order was heard of. */
    polling: z.boolean().optional(),
  }),
  key: ({ orderId }) => orderId,
  retry: { maxAttempts: 4, firstDelayMs: 1_000, maxDelayMs: 10_000, letGo: true },
  // One that polls may end without having read anything, when the day's calls are short.
  doesAsMuch: (waiting, other) => waiting.polling !== true || other.polling === true,
});

/**
 * Makes the applicant tracking system show what the order is; one at a time for each opportunity, so that an older
 * order never overwrites the tags of a newer one.
 */
export const reportProgress = defineJob({
  name: 'report-progress',
  payload: z.object({
    installationId: z.uuid(),
    opportunityId: z.string(),
    orderId: z.uuid(),
    /** Only the tags that Lever did not take, or did not let go, are tried again. */
    missingTags: z.boolean().optional(),
    /** Whether what was shown is still there is looked up first. */
    lostTags: z.boolean().optional(),
  }),
  key: ({ installationId, opportunityId }) => `${installationId}/${opportunityId}`,
  retry: PATIENT,
});

/** Shows `Error` of an order whose trouble has lasted too long, also while nothing of it is tried (S3). */
export const showError = defineJob({
  name: 'show-error',
  payload: z.object({ installationId: z.uuid(), orderId: z.uuid() }),
  key: ({ orderId }) => orderId,
  retry: { maxAttempts: 8, firstDelayMs: 1_000, maxDelayMs: 60_000 },
});

/** How often uploading a report is tried; with growing waits for half an hour. */
export const ATTACH_ATTEMPTS = 12;

/** Uploads the report's PDF to the opportunity's files (R5). Gives up by itself, visibly, at its last try. */
export const attachReport = defineJob({
  name: 'attach-report',
  payload: z.object({ installationId: z.uuid(), orderId: z.uuid(), reference: z.string() }),
  key: ({ orderId }) => orderId,
  retry: { maxAttempts: ATTACH_ATTEMPTS, firstDelayMs: 2_000, maxDelayMs: 600_000 },
  // A report of up to 30 MB is held whole, and while it is read and sent twice.
  atOnce: 4,
});

/** Let go when it fails: the next round is soon. */
const NEXT_ROUND: RetryPolicy = { maxAttempts: 1, firstDelayMs: 1_000, maxDelayMs: 1_000, letGo: true };

/** Begins a round of `reconcile-account`. */
export const reconcileOrders = defineJob({
  name: 'reconcile-orders',
  payload: z.object({}),
  key: () => 'all',
  retry: NEXT_ROUND,
});

/** Asks the provider for what callbacks missed, for all installations that share an account. */
export const reconcileAccount = defineJob({
  name: 'reconcile-account',
  // The account as it is named where its calls are counted: it reveals no credential.
  payload: z.object({ account: z.string() }),
  key: ({ account }) => account,
  retry: NEXT_ROUND,
});

/**
 * Takes from the applicant tracking system what an erased order left there. What it refuses for long it may refuse for
 * ever: each try makes its calls anew, and is not made often then; asked for again, it is made at once.
 */
export const removeFromTracking = defineJob({
  name: 'remove-from-tracking',
  payload: z.object({ installationId: z.uuid(), orderId: z.uuid() }),
  key: ({ orderId }) => orderId,
  retry: { ...PATIENT, maxDelayMs: 6 * 3_600_000 },
});

/** Erases orders whose time is up. */
export const enforceRetention = defineJob({
  name: 'enforce-retention',
  payload: z.object({}),
  key: () => 'all',
  // An order that cannot be erased is met in every round.
  retry: { maxAttempts: 1, firstDelayMs: 1_000, maxDelayMs: 1_000, tellOnce: true },
});

export type PlaceOrderJob = z.infer<typeof placeOrder.payload>;
export type TakeCallbackJob = z.infer<typeof takeCallback.payload>;
export type ReconcileAccountJob = z.infer<typeof reconcileAccount.payload>;
export type RefreshOrderJob = z.infer<typeof refreshOrder.payload>;
export type OrderJob = Pick<RefreshOrderJob, 'installationId' | 'orderId'>;
export type ReportJob = z.infer<typeof reportProgress.payload>;
export type AttachJob = z.infer<typeof attachReport.payload>;

/** What `report-progress` needs to know of an order. */
export const reportJobOf = (order: {
  installationId: string;
  opportunityId: string;
  id: string;
}): ReportJob => ({
  installationId: order.installationId,
  opportunityId: order.opportunityId,
  orderId: order.id,
});
