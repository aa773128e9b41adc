import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const signedBody = z.object({
  token: z.string(),
  triggeredAt: z.int(),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Whether a webhook body was signed with one of an installation's signature tokens (T1): hex HMAC-SHA256 over
 * `token` and `triggeredAt`, all of them fields of the body. What is signed does not cover `data` (T6).
 * The `Lever-Signature` header that some sources claim does not exist.
 * Source: https://hire.lever.co/developer/documentation#webhooks
 * @param body the parsed body, of any type
 */
export function isSigned(body: unknown, signatureTokens: readonly string[]): boolean {
  const parsed = signedBody.safeParse(body);
  if (!parsed.success) return false;
  const { token, triggeredAt, signature } = parsed.data;
  const given = Buffer.from(signature, 'hex');
  // Every token is tried, so that the time taken does not tell which one fits. An empty one would fit for all.
  const verdicts = signatureTokens
    .filter((signatureToken) => signatureToken !== '')
    .map((signatureToken) => {
      const expected = createHmac('sha256', signatureToken).update(`${token}${triggeredAt}`).digest();
      return timingSafeEqual(expected, given);
    });
  return verdicts.includes(true);
}
