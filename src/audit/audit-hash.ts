import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/crypto/canonical-json.js';

/** An entry as it is hashed: everything but its place in the chain. */
export interface HashedEntry {
  installationId: string;
  id: string;
  /** UTC with microseconds, as `2026-11-23T00:00:00.000000Z`: the database keeps no less. */
  at: string;
  actor: string;
  action: string;
  /** `request:<id>` or `job:<id>`; the log's lines about the same bear the id. */
  cause: string | null;
  orderId: string | null;
  opportunityId: string | null;
  settingsVersion: number | null;
  data: unknown;
}

/** What the first entry of a chain is linked to. */
export const NO_HASH = Buffer.alloc(32);

export const instantOf = (at: Date): string => at.toISOString().replace('Z', '000Z');

/**
 * SHA-256 over the canonical JSON (RFC 8785) of the entry. Cause and settings version are members only where there
 * are any: entries that were written before there were such are what they were.
 * @throws NotCanonical
 */
export function digestOf(entry: HashedEntry): Buffer {
  const { installationId, id, at, actor, action, orderId, opportunityId, data } = entry;
  const unlinked = { installationId, id, at, actor, action, orderId, opportunityId, data };
  const content = {
    ...unlinked,
    ...(entry.cause === null ? {} : { cause: entry.cause }),
    ...(entry.settingsVersion === null ? {} : { settingsVersion: entry.settingsVersion }),
  };
  return createHash('sha256').update(canonicalJson(content), 'utf8').digest();
}

/**
 * The hash of an entry in its place: SHA-256 over the hash before, the position (8 bytes) and the entry's digest. The
 * database's function `append_audit_entries` does the same.
 */
export function linkOf(previousHash: Buffer, seq: bigint, digest: Buffer): Buffer {
  return createHash('sha256').update(previousHash).update(eightBytes(seq)).update(digest).digest();
}

export function eightBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
