import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AdminKey } from '../../src/platform/access/admin-key.entity.js';
import { AdminKeys } from '../../src/platform/access/admin-keys.js';
import { KeyHashes } from '../../src/platform/access/key-hashes.js';
import type { NamedKey } from '../../src/platform/crypto/key-ring.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { TimeOrderedIds } from '../../src/platform/ids.js';
import type { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { SetClock } from '../support/set-clock.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

const [first, second] = ['k1', 'k2'].map((id, index) => ({ id, key: Buffer.alloc(32, index + 1) })) as [
  NamedKey,
  NamedKey,
];
const ABOUT = { name: 'a test', role: 'admin', installationId: null, expiresAt: null } as const;

describe('admin keys in the database (A5, I2)', () => {
  let testDatabase: TestDatabase;
  let database: ServiceDataSource;
  beforeAll(async () => {
    testDatabase = await createTestDatabase(inject('databaseTemplate'));
    database = await openTestDataSource(testDatabase, [AdminKey]);
  });
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });

  /** As a replica starts with these encryption keys. */
  const startWith = async (...keys: NamedKey[]): Promise<AdminKeys> => {
    const transactions = new Transactions(database);
    const started = new AdminKeys(
      database,
      transactions,
      new KeyHashes(keys),
      new SetClock(),
      new TimeOrderedIds(),
    );
    await started.onModuleInit();
    return started;
  };
  const keep = (keys: AdminKeys, key: string): Promise<AdminKey | null> =>
    new Transactions(database).run((tx) => keys.keep(tx, key, ABOUT));

  it('outlive a rotation of the encryption keys, step by step (A5, I2)', async () => {
    const key = `rotated-${randomUUID()}`;
    const before = await startWith(first);
    await keep(before, key);
    const between = await startWith(first, second);
    const writing = await startWith(second, first);
    // While it goes on, replicas with either order recognise it.
    for (const replica of [between, writing]) expect(await replica.recognise(key)).not.toBeNull();
    const after = await startWith(second);
    expect(await after.recognise(key)).not.toBeNull();
    // The replica that knows the old encryption key alone cannot compute the hash.
    expect(await before.recognise(key)).toBeNull();
  });

  it('that were hashed without a key are hashed anew by the next start (A5)', async () => {
    const key = `of-old-${randomUUID()}`;
    const id = randomUUID();
    const digest = createHash('sha256').update(key).digest();
    await database.query(
      `INSERT INTO admin_keys (id, name, role, hash, last_four, created_at) VALUES ($1, 'old', 'viewer', $2, 'last', now())`,
      [id, digest],
    );
    const started = await startWith(second);
    expect(await started.recognise(key)).toMatchObject({ actor: `admin_key:${id}`, roles: ['viewer'] });
    const [row] = await database.query<{ hash: Buffer }[]>('SELECT hash FROM admin_keys WHERE id = $1', [id]);
    expect(Buffer.from(row?.hash ?? []).equals(digest)).toBe(false);
  });

  it('are kept once, whichever encryption key comes first where it is tried again (A5)', async () => {
    const key = `twice-${randomUUID()}`;
    const replicas = [await startWith(first, second), await startWith(second, first)] as const;
    const kept = await Promise.all([keep(replicas[0], key), keep(replicas[1], key)]);
    expect(kept.filter((row) => row !== null)).toHaveLength(1);
  });

  it('are not recognised when their encryption key is gone, and do not stop the start (A5, I2)', async () => {
    const key = `lost-${randomUUID()}`;
    await keep(await startWith(first), key);
    expect(await (await startWith(second)).recognise(key)).toBeNull();
    expect(await (await startWith(second, first)).recognise(key)).not.toBeNull();
  });
});
