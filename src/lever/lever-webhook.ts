import { z } from 'zod';

const stage = z
  .string()
  .regex(/^[\w-]{1,100}$/)
  .nullish()
  .catch(null);

/** What is read of a webhook body once its signature is verified. `data` is not signed: a hint and no more (T6). */
const webhookSchema = z.object({
  event: z
    .string()
    .regex(/^\w{1,100}$/)
    .catch('unknown'),
  triggeredAt: z.number(),
  token: z.string(),
  data: z
    .object({
      opportunityId: z
        .string()
        .regex(/^[\w-]{1,100}$/)
        .nullish()
        .catch(null),
      toStageId: stage,
      fromStageId: stage,
      /** Null when the candidate comes back from the archive. */
      toArchived: z.unknown(),
    })
    .partial()
    .catch({}),
});

export type LeverWebhook = z.infer<typeof webhookSchema>;

/** @param body a body whose signature was verified */
export const readLeverWebhook = (body: unknown): LeverWebhook => webhookSchema.parse(body);

export const STAGE_CHANGE = 'candidateStageChange';
export const ARCHIVE_CHANGE = 'candidateArchiveChange';
export const DELETED = 'candidateDeleted';

/** Why a ping is recorded as ignored. */
export const PING_REASON = 'verification_ping';

/** Lever's "Verify connection" sends a signed body without any data (T4). */
export const isPing = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  'data' in body &&
  typeof body.data === 'object' &&
  body.data !== null &&
  Object.keys(body.data).length === 0;
