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
  }),
  key: ({ installationId, opportunityId }) => `${installationId}/${opportunityId}`,
  retry: PATIENT,
});

/** Finds the order that a provider's callback is about. */
export const takeCallback = defineJob({
  name: 'take-callback',
  payload: z.object({ installationId: z.uuid(), deliveryId: z.uuid() }),
  key: ({ deliveryId }) => deliveryId,
  retry: { maxAttempts: 8, firstDelayMs: 1_000, maxDelayMs: 60_000 },
});

/**
 * Reads an order at the provider and takes the next step. Let go after a few tries: the reconciler asks again, so
 * that an outage does not pile up jobs.
 */
export const refreshOrder = defineJob({
  name: 'refresh-order',
  payload: z.object({ installationId: z.uuid(), orderId: z.uuid() }),
  key: ({ orderId }) => orderId,
  retry: { maxAttempts: 4, firstDelayMs: 1_000, maxDelayMs: 10_000, letGo: true },
});

/** Makes the applicant tracking system show what the order is. */
export const reportProgress = defineJob({
  name: 'report-progress',
  payload: z.object({ installationId: z.uuid(), orderId: z.uuid() }),
  key: ({ orderId }) => orderId,
  retry: PATIENT,
});

/** Asks the provider for what callbacks missed. */
export const reconcileOrders = defineJob({
  name: 'reconcile-orders',
  payload: z.object({}),
  key: () => 'all',
  retry: { maxAttempts: 1, firstDelayMs: 1_000, maxDelayMs: 1_000 },
});

export type PlaceOrderJob = z.infer<typeof placeOrder.payload>;
export type TakeCallbackJob = z.infer<typeof takeCallback.payload>;
export type OrderJob = z.infer<typeof refreshOrder.payload>;
