import { createHash } from 'node:crypto';

/** A short name for a credential, for keys of limits and caches: it tells credentials apart and reveals none. */
export function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 22);
}
