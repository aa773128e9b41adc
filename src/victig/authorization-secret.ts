import { createHash, timingSafeEqual } from 'node:crypto';

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Whether a callback carries a configured secret as its whole `Authorization` header (V1). Compared in constant
 * time, whatever the lengths.
 * @param configured one secret, or several separated by commas while one is rotated; without any, nothing passes
 */
export function carriesSecret(authorization: unknown, configured: string | null | undefined): boolean {
  const secrets = (configured ?? '').split(',').map((secret) => secret.trim());
  const given = digestOf(typeof authorization === 'string' ? authorization : '');
  const verdicts = secrets
    .filter((secret) => secret !== '')
    .map((secret) => timingSafeEqual(digestOf(secret), given));
  return verdicts.includes(true);
}
