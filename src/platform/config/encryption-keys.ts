import { readFileSync } from 'node:fs';
import type { NamedKey } from '../crypto/key-ring.js';

const KEY_BYTES = 32;
/** 32 random bytes have about 30 different values; fewer than 16 of them in a lifetime of the universe. */
const FEWEST_VALUES = 16;

/** What is wrong with the keys as they are written; never repeats them. */
export type KeysFault = 'malformed' | 'weak' | 'id_twice' | 'key_twice';

/** Bytes that nobody drew at random: repeated ones, or a sentence that a person can type. */
function isWeak(key: Buffer): boolean {
  const isTyped = key.every((byte) => byte >= 0x20 && byte <= 0x7e);
  return isTyped || new Set(key).size < FEWEST_VALUES;
}

/** Reads `id:base64key`, separated by commas or, in a file, by lines; the first is used to write. */
export function readKeys(text: string): NamedKey[] | KeysFault {
  const parts = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const keys = parts.map((part) => {
    const [id = '', encoded = ''] = part.split(/:(.*)/s);
    return { id, encoded, key: Buffer.from(encoded, 'base64') };
  });
  const isWellFormed = keys.every(
    ({ id, encoded, key }) =>
      /^[\w-]{1,32}$/.test(id) && /^[\w+/-]+=*$/.test(encoded) && key.length === KEY_BYTES,
  );
  const ids = new Set(keys.map(({ id }) => id));
  const values = new Set(keys.map(({ key }) => key.toString('hex')));
  if (keys.length === 0 || !isWellFormed) return 'malformed';
  if (ids.size < keys.length) return 'id_twice';
  if (values.size < keys.length) return 'key_twice';
  return keys.some(({ key }) => isWeak(key)) ? 'weak' : keys.map(({ id, key }) => ({ id, key }));
}

/**
 * The environment with the keys that a file holds in the place of `ENCRYPTION_KEYS`, as secrets are mounted by an
 * orchestrator; null when the file cannot be read.
 */
export function withKeysOfFile(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | null {
  const file = env['ENCRYPTION_KEYS_FILE'];
  if (!file || env['ENCRYPTION_KEYS']) return env;
  try {
    return { ...env, ENCRYPTION_KEYS: readFileSync(file, 'utf8') };
  } catch {
    return null;
  }
}
