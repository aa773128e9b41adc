import { createHash, createHmac, hkdfSync, timingSafeEqual, type Hash } from 'node:crypto';
import type { NamedKey } from '../platform/crypto/key-ring.js';
import { eightBytes, NO_HASH } from './audit-hash.js';

/** How far a chain had come. */
export interface ChainHead {
  installationId: string;
  seq: bigint;
  hash: Buffer;
}

/** Hashes a checkpoint from its heads, which come in the order of their installations and one at a time. */
export class CheckpointHash {
  private readonly heads: Hash = createHash('sha256');

  add({ installationId, seq, hash }: ChainHead): void {
    const id = Buffer.from(installationId.replaceAll('-', ''), 'hex');
    this.heads.update(id).update(eightBytes(seq)).update(hash);
  }

  /** SHA-256 over the hash of the checkpoint before, number, time in milliseconds and the digest of all heads. */
  end(previousHash: Buffer | null, number: bigint, at: Date): Buffer {
    return createHash('sha256')
      .update(previousHash ?? NO_HASH)
      .update(eightBytes(number))
      .update(eightBytes(BigInt(at.getTime())))
      .update(this.heads.digest())
      .digest();
  }
}

const SEAL_BYTES = 32;

/**
 * HMAC-SHA256 of a checkpoint's hash under a key that is derived from an encryption key: who owns the database, but not
 * the service's environment, cannot make one.
 */
export function sealOf({ key }: NamedKey, hash: Buffer): Buffer {
  const sealing = Buffer.from(hkdfSync('sha256', key, '', 'lever-victig audit checkpoint', SEAL_BYTES));
  return createHmac('sha256', sealing).update(hash).digest();
}

export const isSealedBy = (key: NamedKey, hash: Buffer, seal: Buffer): boolean =>
  seal.length === SEAL_BYTES && timingSafeEqual(sealOf(key, hash), seal);
