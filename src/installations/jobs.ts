import { z } from 'zod';
import { defineJob } from '../platform/jobs/job-definition.js';

/** Has what waited for an installation's access to Lever worked on, for it is connected, or active, again (I6). */
export const releaseWaiting = defineJob({
  name: 'release-waiting',
  payload: z.object({ installationId: z.uuid() }),
  key: ({ installationId }) => installationId,
  retry: { maxAttempts: null, firstDelayMs: 1_000, maxDelayMs: 60_000 },
});

export type ReleaseWaitingJob = z.infer<typeof releaseWaiting.payload>;

/**
 * Why a delivery waits: it came while Lever refused the installation, and was not decided since. So it is also while the
 * installation is active again and the delivery waits for its turn, for another pause may come before that.
 */
export const WAITS_FOR_CONNECTION = 'installation_disconnected';
