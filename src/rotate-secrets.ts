import type { DataSource } from 'typeorm';
import { AuditTrail } from './audit/audit-trail.js';
import { SERVICE_CHAIN } from './audit/audit-entry.js';
import { CheckpointSealer } from './audit/checkpoint-sealer.js';
import { findOtherKey, sentenceOf } from './fitting-keys.js';
import { SECRETS_COLUMN } from './installations/installation-secrets.js';
import { ORDER_KEYS_COLUMN } from './orders/order-vault.js';
import { ADMIN_KEYS_COLUMN } from './platform/access/key-hashes.js';
import { SystemClock } from './platform/clock.js';
import { readConfig } from './platform/config/app-config.js';
import { KeyRing } from './platform/crypto/key-ring.js';
import { countUnderOldKeys, countUnopened, reseal } from './platform/crypto/sealed-column.js';
import { Transactions } from './platform/database/transactions.js';
import { TimeOrderedIds } from './platform/ids.js';
import { connectToExisting, runCommand } from './run-command.js';

// Seals anew, under the first of the encryption keys, all that another key has sealed (I2), beside a service that runs.
// Ends with 0 when the other keys seal nothing any more and the first opens all, 1 when something is left, 2 when it could
// not work.

/** Of a key that was revoked nothing is asked any more. */
const VALID_ADMIN_KEYS = {
  ...ADMIN_KEYS_COLUMN,
  table: '(SELECT * FROM admin_keys WHERE revoked_at IS NULL) AS valid',
};

async function rotate(): Promise<0 | 1> {
  const config = readConfig(process.env);
  const ring = new KeyRing(config.encryption.keys);
  const database = await connectToExisting(config);
  try {
    const misfit = await findOtherKey(database, config.encryption.keys);
    if (misfit !== null) {
      process.stderr.write(`Nothing was sealed anew: ENCRYPTION_KEYS ${sentenceOf(misfit)}\n`);
      return 1;
    }
    const secrets = await reseal(database, ring, SECRETS_COLUMN);
    const orderKeys = await reseal(database, ring, ORDER_KEYS_COLUMN);
    const transactions = new Transactions(database);
    const audit = new AuditTrail(new SystemClock(), new TimeOrderedIds());
    await transactions.run((tx) =>
      audit.record(tx, {
        action: 'secrets.rotated',
        data: {
          keyId: ring.writingKeyId,
          installationSecrets: secrets.resealed,
          orderKeys: orderKeys.resealed,
        },
        actor: 'command:secrets-rotate',
        installationId: SERVICE_CHAIN,
      }),
    );
    process.stdout.write(
      `Sealed anew under ${ring.writingKeyId}: ${secrets.resealed} secrets of installations, ${orderKeys.resealed} keys of orders.\n`,
    );
    // Seals of checkpoints are not made anew; one under the new key covers them all (docs/trust.md).
    await new CheckpointSealer(transactions, new SystemClock(), config).seal();
    const left =
      (await countUnderOldKeys(database, ring, SECRETS_COLUMN)) +
      (await countUnderOldKeys(database, ring, ORDER_KEYS_COLUMN)) +
      (await countKeysHashedUnderOldKeys(database, ring.writingKeyId));
    let unopened = 0;
    for (const column of [SECRETS_COLUMN, ORDER_KEYS_COLUMN, VALID_ADMIN_KEYS]) {
      unopened += await countUnopened(database, ring, column);
    }
    if (left > 0) process.stdout.write(remaining(left, secrets.unreadable + orderKeys.unreadable));
    if (unopened > 0) process.stdout.write(notOpened(unopened, ring.writingKeyId));
    if (left + unopened > 0) return 1;
    process.stdout.write(DONE);
    return 0;
  } finally {
    await database.destroy();
  }
}

/** Every start of the service with the new first key hashes admin keys anew. */
async function countKeysHashedUnderOldKeys(database: DataSource, keyId: string): Promise<number> {
  const [row] = await database.query<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM admin_keys WHERE revoked_at IS NULL AND hash_key_id <> $1`,
    [keyId],
  );
  return row?.count ?? 0;
}

const DONE =
  'No credential, order or admin key needs another key any more. Once every replica runs with this first key, the others may be removed a day later.\n';

const remaining = (left: number, unreadable: number): string =>
  `${left} values are still sealed under another key, ${unreadable} of which no configured key opens. Keep the other keys; once every replica runs with this first key, run this again.\n`;

const notOpened = (count: number, keyId: string): string =>
  `${count} values bear the name ${keyId}, but the key of that name does not open them: they were sealed with other bytes, or changed.\n`;

await runCommand('Nothing more was sealed anew', rotate);
