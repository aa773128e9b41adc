import { z } from 'zod';
import { defineJob } from '../platform/jobs/job-definition.js';

/** Looks for OAuth connections whose tokens were not used for days. */
export const keepLeverConnected = defineJob({
  name: 'keep-lever-connected',
  payload: z.object({}),
  key: () => 'all',
  retry: { maxAttempts: 1, firstDelayMs: 1_000, maxDelayMs: 1_000, letGo: true },
});

/** Exchanges the tokens of one of them. Let go after some tries: the next round comes in hours, the end in months. */
export const refreshLeverTokens = defineJob({
  name: 'refresh-lever-tokens',
  payload: z.object({ installationId: z.uuid() }),
  key: ({ installationId }) => installationId,
  retry: { maxAttempts: 6, firstDelayMs: 5_000, maxDelayMs: 600_000, letGo: true },
});

export type RefreshLeverTokensJob = z.infer<typeof refreshLeverTokens.payload>;
