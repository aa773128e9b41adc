import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A sealed value cannot be opened: its key is not configured, or it was changed or moved. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

export interface NamedKey {
  id: string;
  /** 32 random bytes. */
  key: Buffer;
}

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals secrets with AES-256-GCM (I2). The first key seals, every key opens, so that keys can be rotated.
 * A sealed value is bound to the place it is kept in: moved to another row or column it does not open.
 * Layout: format (1 byte), length of the key id (1 byte), key id, nonce (12), tag (16), ciphertext.
 */
export class KeyRing {
  private readonly writing: NamedKey;

  constructor(private readonly keys: readonly NamedKey[]) {
    const [first] = keys;
    if (!first) throw new Error('a key ring needs a key');
    this.writing = first;
  }

  /** Names the key that seals. */
  get writingKeyId(): string {
    return this.writing.id;
  }

  /** What everything begins with that the first key seals. */
  get writingHeader(): Buffer {
    const name = Buffer.from(this.writing.id, 'utf8');
    return Buffer.concat([Buffer.from([FORMAT, name.length]), name]);
  }

  /** @param place names row and column, e.g. `installation_secrets:<id>` */
  seal(plaintext: Buffer, place: string): Buffer {
    const { key } = this.writing;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place, 'utf8'));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([this.writingHeader, nonce, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws SealBroken */
  open(sealed: Buffer, place: string): Buffer {
    const nameEnd = 2 + (sealed[1] ?? 0);
    const tagEnd = nameEnd + NONCE_BYTES + TAG_BYTES;
    const id = sealed.toString('utf8', 2, nameEnd);
    const key = this.keys.find((candidate) => candidate.id === id)?.key;
    if (sealed[0] !== FORMAT || sealed.length < tagEnd || !key) {
      throw new SealBroken(`no configured key opens ${place}`);
    }
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(nameEnd, nameEnd + NONCE_BYTES))
      .setAAD(Buffer.from(place, 'utf8'))
      .setAuthTag(sealed.subarray(nameEnd + NONCE_BYTES, tagEnd));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]);
    } catch {
      throw new SealBroken(`what is sealed in ${place} was changed or moved`);
    }
  }
}
