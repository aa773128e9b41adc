import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SealBroken } from '../crypto/key-ring.js';
import { KeyHashes } from './key-hashes.js';

const named = (id: string, fill: number) => ({ id, key: Buffer.alloc(32, fill) });
const [first, second] = [named('k1', 1), named('k2', 2)];
const KEY = 'an-admin-key-that-somebody-made-up';

describe('the hash of an admin key (A5)', () => {
  it('is keyed: without the encryption key nobody can compute it (A5)', () => {
    const kept = new KeyHashes([first]).keepable(KEY, 'row');
    expect(kept.hash).not.toEqual(createHash('sha256').update(KEY).digest());
    expect(kept.hash).not.toEqual(new KeyHashes([second]).keepable(KEY, 'row').hash);
    expect(kept.hash).toEqual(new KeyHashes([first]).keepable(KEY, 'another row').hash);
    expect(kept.hash).toHaveLength(32);
  });

  it('is found under every configured encryption key, and not under one that is gone (A5, I2)', () => {
    const { hash } = new KeyHashes([first]).keepable(KEY, 'row');
    expect(new KeyHashes([second, first]).candidatesFor(KEY)).toContainEqual(hash);
    expect(new KeyHashes([second]).candidatesFor(KEY)).not.toContainEqual(hash);
  });

  it('is renewed under a new encryption key, so that the old one can go (A5, I2)', () => {
    const old = new KeyHashes([first]).keepable(KEY, 'row');
    const rotating = new KeyHashes([second, first]);
    expect(rotating.isCurrent(old.hashKeyId)).toBe(false);
    const renewed = rotating.renew(old, 'row');
    expect(rotating.isCurrent(renewed.hashKeyId)).toBe(true);
    expect(new KeyHashes([second]).candidatesFor(KEY)).toEqual([renewed.hash]);
    // And once more, by a replica that knows the old key no longer.
    expect(new KeyHashes([second]).renew(renewed, 'row').hash).toEqual(renewed.hash);
  });

  it('is renewed from what was kept before hashes were keyed (A5)', () => {
    const before = { hash: createHash('sha256').update(KEY).digest(), sealedDigest: null };
    const hashes = new KeyHashes([first]);
    expect(hashes.candidatesFor(KEY)).toEqual([hashes.renew(before, 'row').hash]);
  });

  it('is not renewed when it was moved to another row, or its encryption key is gone (A5, I2)', () => {
    const old = new KeyHashes([first]).keepable(KEY, 'row');
    expect(() => new KeyHashes([first]).renew(old, 'another row')).toThrow(SealBroken);
    expect(() => new KeyHashes([second]).renew(old, 'row')).toThrow(SealBroken);
  });
});
