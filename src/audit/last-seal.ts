import type { NamedKey } from '../platform/crypto/key-ring.js';
import type { Sample } from '../platform/crypto/sealed-column.js';
import type { Queries } from './audit-chains.js';
import { isSealedBy } from './checkpoint-hash.js';

/** Of the newest checkpoint; null when there is none. */
export async function lastSealOf(database: Queries, keys: readonly NamedKey[]): Promise<Sample | null> {
  const [last] = await database.query<{ key_id: string; hash: Buffer; seal: Buffer }[]>(
    'SELECT key_id, hash, seal FROM audit_checkpoints ORDER BY number DESC LIMIT 1',
  );
  if (!last) return null;
  const key = keys.find(({ id }) => id === last.key_id);
  return { keyId: last.key_id, isOpened: key !== undefined && isSealedBy(key, last.hash, last.seal) };
}
