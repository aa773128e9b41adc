import { z } from 'zod';
import { defineJob } from '../platform/jobs/job-definition.js';

/** Seals what was added to the trail since the last checkpoint. */
export const sealAudit = defineJob({
  name: 'seal-audit',
  payload: z.object({}),
  key: () => 'all',
  // What cannot be sealed today may never be (`checkpoint_refused`).
  retry: { maxAttempts: 1, firstDelayMs: 1_000, maxDelayMs: 1_000, tellOnce: true },
});

/** Reads the whole trail and keeps whether it is as it was written. */
export const verifyAudit = defineJob({
  name: 'verify-audit',
  payload: z.object({}),
  key: () => 'all',
  retry: { maxAttempts: 3, firstDelayMs: 60_000, maxDelayMs: 600_000 },
});
