import { z } from 'zod';
import type { VendorFault } from './json-client.js';

const MAX_MESSAGE_LENGTH = 500;

const envelope = z.object({
  // A code is logged, so that what does not look like one is none.
  code: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .catch(undefined),
  message: z.string().optional().catch(undefined),
});

/** Reads the widespread error envelope `{ code, message }`, either of which may be missing. */
export function codeAndMessage(body: unknown): Pick<VendorFault, 'code' | 'vendorMessage'> {
  const parsed = envelope.safeParse(body);
  if (!parsed.success) return {};
  const { code, message } = parsed.data;
  return {
    ...(code !== undefined && { code }),
    ...(message !== undefined && { vendorMessage: message.slice(0, MAX_MESSAGE_LENGTH) }),
  };
}
