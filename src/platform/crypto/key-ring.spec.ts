import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyRing, SealBroken } from './key-ring.js';

const key = (id: string) => ({ id, key: randomBytes(32) });

describe('the key ring (I2)', () => {
  const old = key('k1');
  const ring = new KeyRing([old]);
  const place = 'installation_secrets:7';

  it('opens what it sealed, and seals the same text differently each time', () => {
    const sealed = ring.seal(Buffer.from('secret'), place);
    expect(ring.open(sealed, place).toString()).toBe('secret');
    expect(sealed.includes('secret')).toBe(false);
    expect(ring.seal(Buffer.from('secret'), place).equals(sealed)).toBe(false);
  });

  it('does not open what was moved to another place', () => {
    const sealed = ring.seal(Buffer.from('secret'), place);
    expect(() => ring.open(sealed, 'installation_secrets:8')).toThrow(SealBroken);
  });

  it('does not open what was changed in any byte', () => {
    const sealed = ring.seal(Buffer.from('secret'), place);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => ring.open(changed, place)).toThrow(SealBroken);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => ring.open(sealed.subarray(0, length), place)).toThrow(SealBroken);
    }
  });

  it('opens what an older key sealed after rotation, and seals with the first key', () => {
    const sealed = ring.seal(Buffer.from('secret'), place);
    const rotated = new KeyRing([key('k2'), old]);
    expect(rotated.open(sealed, place).toString()).toBe('secret');
    expect(() => ring.open(rotated.seal(Buffer.from('new'), place), place)).toThrow(SealBroken);
  });
});
