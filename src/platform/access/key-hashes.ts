import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { KeyRing, type NamedKey } from '../crypto/key-ring.js';
import type { SealedColumn } from '../crypto/sealed-column.js';

/** As an admin key is kept. */
export interface KeptHash {
  /** HMAC-SHA256 of the key's digest; what it is found by. */
  hash: Buffer;
  /** The id of the encryption key that the HMAC's key is derived from. */
  hashKeyId: string;
  /** The digest under the HMAC, sealed, so that it can be hashed anew when encryption keys are rotated. */
  sealedDigest: Buffer;
}

const HMAC_KEY_BYTES = 32;

const digestOf = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/**
 * Hashes admin keys with HMAC-SHA256 under keys derived from `ENCRYPTION_KEYS` (A5). Fast, for keys are long and random
 * and asked for at every call; keyed, so that the database alone lets nobody try out guesses of a key that a person
 * made up (`ADMIN_API_KEY`), nor write one of his own.
 */
export class KeyHashes {
  private readonly ring: KeyRing;
  private readonly hmacKeys: readonly NamedKey[];

  constructor(keys: readonly NamedKey[]) {
    this.ring = new KeyRing(keys);
    this.hmacKeys = keys.map(({ id, key }) => ({
      id,
      key: Buffer.from(hkdfSync('sha256', key, '', 'lever-victig admin key', HMAC_KEY_BYTES)),
    }));
  }

  /** Every hash by which a key may be kept: while keys are rotated, replicas may write with different ones. */
  candidatesFor(key: string): Buffer[] {
    const digest = digestOf(key);
    return this.hmacKeys.map((hmacKey) => hmacOf(hmacKey, digest));
  }

  /** @param rowId of the row that will keep it: the seal opens nowhere else */
  keepable(key: string, rowId: string): KeptHash {
    return this.keepableDigest(digestOf(key), rowId);
  }

  /** Whether a kept hash is of the encryption key that is written with now. */
  isCurrent(hashKeyId: string | null): boolean {
    return hashKeyId === this.hmacKeys[0]?.id;
  }

  /**
   * Hashes anew under the encryption key that is written with now.
   * @throws SealBroken when the key of the old hash is not configured
   */
  renew({ hash, sealedDigest }: { hash: Buffer; sealedDigest: Buffer | null }, rowId: string): KeptHash {
    // Before hashes were keyed, the digest itself was the hash.
    const digest = sealedDigest === null ? hash : this.ring.open(sealedDigest, placeOf(rowId));
    return this.keepableDigest(digest, rowId);
  }

  private keepableDigest(digest: Buffer, rowId: string): KeptHash {
    const [writing] = this.hmacKeys;
    if (!writing) throw new Error('admin keys cannot be hashed without an encryption key');
    return {
      hash: hmacOf(writing, digest),
      hashKeyId: writing.id,
      sealedDigest: this.ring.seal(digest, placeOf(rowId)),
    };
  }
}

const hmacOf = ({ key }: NamedKey, digest: Buffer): Buffer =>
  createHmac('sha256', key).update(digest).digest();

export const ADMIN_KEYS_COLUMN: SealedColumn = {
  table: 'admin_keys',
  column: 'sealed_digest',
  key: ['id'],
  alsoRead: [],
  place: ({ id = '' }) => `admin_keys.sealed_digest:${id}`,
};

const placeOf = (id: string): string => ADMIN_KEYS_COLUMN.place({ id });
