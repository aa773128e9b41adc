import type { DataSource } from 'typeorm';
import { lastSealOf } from './audit/last-seal.js';
import { SECRETS_COLUMN } from './installations/installation-secrets.js';
import { ORDER_KEYS_COLUMN } from './orders/order-vault.js';
import { ADMIN_KEYS_COLUMN } from './platform/access/key-hashes.js';
import { ConfigError } from './platform/config/app-config.js';
import { KeyRing, type NamedKey } from './platform/crypto/key-ring.js';
import { samplesOf, type Sample } from './platform/crypto/sealed-column.js';

/** How the configured keys do not fit what is in the database. */
export interface Misfit {
  fault: 'other_key' | 'missing';
  /** The name of the key that sealed it. */
  keyId: string;
}

const SENTENCES: Record<Misfit['fault'], (keyId: string) => string> = {
  other_key: (keyId) =>
    `holds under the name ${keyId} another key than the one that sealed what is in the database.`,
  missing: (keyId) => `lacks the key ${keyId}, which sealed what is in the database.`,
};

/** Where the right keys are to be put. */
const REMEDY =
  'Give the keys that this database was used with, here or in the file that ENCRYPTION_KEYS_FILE names; a new key needs a name of its own, beside theirs (docs/operating.md, Keys and secrets).';

const KEY_ID = /^[\w-]{1,32}$/;

/** What of it can be tried, least of all the last seal: one that does not verify may have been forged. */
interface Evidence {
  /** Of what the service cannot work without: secrets of installations, keys of orders. */
  needed: Sample[];
  adminKeys: Sample[];
  lastSeal: Sample[];
}

async function evidenceIn(database: Pick<DataSource, 'query'>, keys: readonly NamedKey[]): Promise<Evidence> {
  const ring = new KeyRing(keys);
  const secrets = await samplesOf(database, ring, SECRETS_COLUMN);
  const orderKeys = await samplesOf(database, ring, ORDER_KEYS_COLUMN);
  const adminKeys = await samplesOf(database, ring, ADMIN_KEYS_COLUMN);
  const lastSeal = await lastSealOf(database, keys);
  const isNamed = ({ keyId }: Sample): boolean => KEY_ID.test(keyId);
  return {
    needed: [...secrets, ...orderKeys].filter(isNamed),
    adminKeys: adminKeys.filter(isNamed),
    lastSeal: lastSeal ? [lastSeal] : [],
  };
}

/** A configured key that opens nothing of what one of its name has sealed. */
function otherKeyIn({ needed, adminKeys, lastSeal }: Evidence, keys: readonly NamedKey[]): Misfit | null {
  for (const { id } of keys) {
    const of = (samples: Sample[]): Sample[] => samples.filter(({ keyId }) => keyId === id);
    const samples = of(needed).length > 0 ? of(needed) : of([...adminKeys, ...lastSeal]);
    if (samples.length > 0 && !samples.some(({ isOpened }) => isOpened)) {
      return { fault: 'other_key', keyId: id };
    }
  }
  return null;
}

/**
 * A key that is not configured, though something is sealed with it that is needed. A replica that lacks the key of an admin
 * key or of the last seal works: others may have it, and this one get it later. But not if it has none that occurs.
 */
function missingIn({ needed, adminKeys, lastSeal }: Evidence, keys: readonly NamedKey[]): Misfit | null {
  const isLacking = ({ keyId }: Sample): boolean => keys.every(({ id }) => id !== keyId);
  const hasNone = [...needed, ...adminKeys, ...lastSeal].every(isLacking);
  const lacking = needed.find(isLacking) ?? (hasNone ? adminKeys[0] : undefined);
  return lacking ? { fault: 'missing', keyId: lacking.keyId } : null;
}

/** For a command that goes on without a key: the name under which another key is configured than once was; null: none. */
export async function findOtherKey(
  database: Pick<DataSource, 'query'>,
  keys: readonly NamedKey[],
): Promise<Misfit | null> {
  return otherKeyIn(await evidenceIn(database, keys), keys);
}

export const sentenceOf = ({ fault, keyId }: Misfit): string => SENTENCES[fault](keyId);

/**
 * Tries the keys on samples of what they are to open, before anything is sealed with the wrong ones (I2, A2). An empty
 * database takes any.
 * @throws ConfigError
 */
export async function assertKeysFit(
  database: Pick<DataSource, 'query'>,
  keys: readonly NamedKey[],
): Promise<void> {
  const evidence = await evidenceIn(database, keys);
  const misfit = otherKeyIn(evidence, keys) ?? missingIn(evidence, keys);
  if (misfit === null) return;
  throw new ConfigError([{ variable: 'ENCRYPTION_KEYS', problem: sentenceOf(misfit), remedy: REMEDY }]);
}
