import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import { SERVICE_CHAIN } from '../../src/audit/audit-entry.js';
import { CheckpointSealer } from '../../src/audit/checkpoint-sealer.js';
import { assertKeysFit } from '../../src/fitting-keys.js';
import { SECRETS_COLUMN } from '../../src/installations/installation-secrets.js';
import { ORDER_KEYS_COLUMN } from '../../src/orders/order-vault.js';
import { KeyHashes } from '../../src/platform/access/key-hashes.js';
import { ConfigError } from '../../src/platform/config/app-config.js';
import { KeyRing, type NamedKey } from '../../src/platform/crypto/key-ring.js';
import type { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { TimeOrderedIds } from '../../src/platform/ids.js';
import { SetClock } from '../support/set-clock.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

const key = (id: string): NamedKey => ({ id, key: randomBytes(32) });

describe('encryption keys and what is in the database (I2)', () => {
  const [old, fresh, impostor] = [key('k1'), key('k2'), key('k1')];
  const ids = new TimeOrderedIds();
  let testDatabase: TestDatabase;
  let database: ServiceDataSource;

  beforeAll(async () => {
    testDatabase = await createTestDatabase(inject('databaseTemplate'));
    database = await openTestDataSource(testDatabase);
    await database.query('ALTER TABLE audit_checkpoints DISABLE TRIGGER USER');
    // Of an order only its key matters here.
    await database.query('ALTER TABLE order_keys DROP CONSTRAINT order_keys_installation_id_order_id_fkey');
  });
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });
  beforeEach(async () => {
    const tables = ['order_keys', 'installation_secrets', 'installations', 'admin_keys', 'audit_checkpoints'];
    for (const table of tables) await database.query(`DELETE FROM ${table}`);
  });

  async function installation(): Promise<string> {
    const id = randomUUID();
    await database.query(
      `INSERT INTO installations (id, state, settings_version, created_at, updated_at)
       VALUES ($1, 'draft', 1, now(), now())`,
      [id],
    );
    return id;
  }

  async function secret(by: NamedKey, installationId: string): Promise<void> {
    const row = { installation_id: installationId, id: ids.next(), kind: 'signature_token' };
    await database.query(
      `INSERT INTO installation_secrets (installation_id, id, kind, sealed, last_four, created_at)
       VALUES ($1, $2, $3, $4, 'ands', now())`,
      [
        row.installation_id,
        row.id,
        row.kind,
        new KeyRing([by]).seal(Buffer.from('s'), SECRETS_COLUMN.place(row)),
      ],
    );
  }

  async function orderKey(by: NamedKey, installationId: string): Promise<void> {
    const row = { installation_id: installationId, order_id: ids.next() };
    const sealed = new KeyRing([by]).seal(randomBytes(32), ORDER_KEYS_COLUMN.place(row));
    await database.query('INSERT INTO order_keys (installation_id, order_id, sealed) VALUES ($1, $2, $3)', [
      row.installation_id,
      row.order_id,
      sealed,
    ]);
  }

  async function adminKey(by: NamedKey): Promise<void> {
    const id = randomUUID();
    const { hash, hashKeyId, sealedDigest } = new KeyHashes([by]).keepable(`key-${id}`, id);
    await database.query(
      `INSERT INTO admin_keys (id, name, role, hash, hash_key_id, sealed_digest, last_four, created_at)
       VALUES ($1, 'a test', 'admin', $2, $3, $4, 'test', now())`,
      [id, hash, hashKeyId, sealedDigest],
    );
  }

  async function checkpoint(by: NamedKey): Promise<void> {
    const transactions = new Transactions(database);
    await transactions.run((tx) =>
      new AuditTrail(new SetClock(), ids).record(tx, {
        action: 'key.revoked',
        data: { keyId: randomUUID() },
        actor: 'admin_key:test',
        installationId: SERVICE_CHAIN,
      }),
    );
    await new CheckpointSealer(transactions, new SetClock(), { encryption: { keys: [by] } }).seal();
  }

  const EVERYTHING = {
    'a secret of an installation': async (by: NamedKey) => secret(by, await installation()),
    'the key of an order': async (by: NamedKey) => orderKey(by, await installation()),
    'an admin key': adminKey,
    'a checkpoint': checkpoint,
  };

  const refusalOf = async (...keys: NamedKey[]): Promise<string> => {
    const refused: unknown = await assertKeysFit(database, keys).then(
      () => null,
      (error: unknown) => error,
    );
    if (refused !== null && !(refused instanceof ConfigError)) throw refused as Error;
    return refused?.message ?? 'none';
  };
  const OTHER = 'ENCRYPTION_KEYS: holds under the name k1 another key than the one that sealed';
  const MISSING = 'ENCRYPTION_KEYS: lacks the key k1, which sealed what is in the database.';

  it('fit an empty database, whatever they are', async () => {
    expect(await refusalOf(impostor)).toBe('none');
  });

  it.each(Object.entries(EVERYTHING))(
    'do not fit where %s is all there is, and was sealed with other bytes under the name',
    async (_what, seal) => {
      await seal(old);
      expect(await refusalOf(impostor)).toContain(OTHER);
      expect(await refusalOf(fresh, impostor)).toContain(OTHER);
      // A seal of a key that was retired is none to miss.
      expect(await refusalOf(fresh)).toContain(seal === checkpoint ? 'none' : MISSING);
      for (const keys of [[old], [old, fresh], [fresh, old]]) expect(await refusalOf(...keys)).toBe('none');
      const shown = await refusalOf(impostor);
      expect(shown).not.toContain(impostor.key.toString('base64'));
    },
  );

  it('fit at each step of a rotation, on the replicas that have both and on those that are restarted last', async () => {
    const id = await installation();
    for (const seal of Object.values(EVERYTHING)) await seal(old);
    await secret(old, id);
    // A replica that has the new key first has sealed, and those before it are started again.
    await adminKey(fresh);
    await checkpoint(fresh);
    for (const keys of [[old], [old, fresh], [fresh, old]]) expect(await refusalOf(...keys)).toBe('none');
    // What it sealed of a customer's, one that lacks the new key cannot work with.
    await secret(fresh, id);
    expect(await refusalOf(old)).toContain('lacks the key k2');
    for (const keys of [
      [old, fresh],
      [fresh, old],
    ]) {
      expect(await refusalOf(...keys)).toBe('none');
    }
    // Removed too early.
    expect(await refusalOf(fresh)).toContain(MISSING);
    await database.query('DELETE FROM installation_secrets');
    expect(await refusalOf(fresh)).toContain(MISSING);
    await database.query('DELETE FROM order_keys');
    // An admin key and older checkpoints may stay behind.
    expect(await refusalOf(fresh)).toBe('none');
  });

  it('fit by what they open, though a checkpoint, a secret or an admin key of their name does not verify', async () => {
    const id = await installation();
    await secret(old, id);
    await orderKey(old, id);
    await checkpoint(impostor);
    await adminKey(impostor);
    expect(await refusalOf(old)).toBe('none');
    expect(await refusalOf(impostor)).toContain(OTHER);
    await database.query(`UPDATE installation_secrets SET sealed = sealed || '\\x00'`);
    expect(await refusalOf(old)).toBe('none');
  });

  it('that are lost for good are not asked for any more, once what nothing opens is removed', async () => {
    for (const seal of Object.values(EVERYTHING)) await seal(old);
    expect(await refusalOf(fresh)).toContain(MISSING);
    const page = readFileSync('docs/operating.md', 'utf8');
    const statements = page.match(/^DELETE FROM .*;$/gm) ?? [];
    expect(statements).toHaveLength(3);
    for (const statement of statements) await database.query(statement);
    expect(await refusalOf(fresh)).toBe('none');
  });

  it('are tried on each name that occurs, and on nothing that names none', async () => {
    const id = await installation();
    await secret(old, id);
    await secret(fresh, id);
    await secret(old, id);
    expect(await refusalOf(old)).toContain('lacks the key k2');
    expect(await refusalOf(old, { id: 'k2', key: createHash('sha256').update('other').digest() })).toContain(
      'holds under the name k2',
    );
    await database.query(
      `UPDATE installation_secrets SET sealed = '\\x' WHERE position('k2'::bytea IN sealed) > 0`,
    );
    expect(await refusalOf(old)).toBe('none');
    await database.query(`UPDATE installation_secrets SET sealed = '\\x01ff' WHERE sealed = '\\x'`);
    expect(await refusalOf(old)).toBe('none');
  });
});
