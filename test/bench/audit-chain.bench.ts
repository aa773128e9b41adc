import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { AuditEntry } from '../../src/audit/audit-entry.js';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import { auditVerifierOn } from '../../src/audit/verify-audit.js';
import { OrderBook } from '../../src/orders/order-book.js';
import { OrderVault } from '../../src/orders/order-vault.js';
import { OrderEventRow, OrderKeyRow, OrderRow } from '../../src/orders/order.entity.js';
import { SystemClock } from '../../src/platform/clock.js';
import { readConfig } from '../../src/platform/config/app-config.js';
import { KeyRing } from '../../src/platform/crypto/key-ring.js';
import { MIGRATIONS, placeOf } from '../../src/platform/database/database.module.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { Transactions, type Transaction } from '../../src/platform/database/transactions.js';
import { TimeOrderedIds } from '../../src/platform/ids.js';
import { SharedClock } from '../../src/platform/shared-clock.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { liveThrough } from './order-life.js';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const ORDERS = Number(process.env['ORDERS'] ?? 100);
/** As many as a replica has workers for one kind of job. */
const WRITERS = 6;

/** The same entries in the same transactions, as plain rows: no digest, no link, no lock. */
class UnchainedTrail extends AuditTrail {
  private readonly clockOfPlain = new SystemClock();

  override async record(tx: Transaction, entry: AuditEntry): Promise<void> {
    const { installationId, actor, action, orderId = null, opportunityId = null, data } = entry;
    const at = this.clockOfPlain.now();
    await tx.write({
      text: `INSERT INTO plain_entries (installation_id, id, at, actor, action, order_id, opportunity_id, data)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      values: [installationId, randomUUID(), at, actor, action, orderId, opportunityId, JSON.stringify(data)],
    });
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describe('what the chain of the audit trail costs', () => {
  let testDatabase: TestDatabase;
  let database: ServiceDataSource;
  const { encryption, ...config } = readConfig({
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
  });

  beforeAll(async () => {
    testDatabase = await createTestDatabase(inject('databaseTemplate'));
    const place = placeOf(readDatabase(testDatabase));
    database = await ServiceDataSource.open(place, {
      entities: [OrderRow, OrderEventRow, OrderKeyRow],
      migrations: MIGRATIONS,
    });
    await database.query(
      `CREATE TABLE plain_entries (installation_id uuid, id uuid, at timestamptz NOT NULL, actor text NOT NULL,
         action text NOT NULL, order_id uuid, opportunity_id text, data jsonb NOT NULL,
         PRIMARY KEY (installation_id, id))`,
    );
    await database.query('CREATE INDEX ON plain_entries (id)');
    await database.query('CREATE INDEX ON plain_entries (order_id, id) WHERE order_id IS NOT NULL');
  });
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });

  const readDatabase = ({ env }: TestDatabase) => ({
    database: {
      ...config.database,
      url: env['DATABASE_URL'],
      dataDir: env['DATA_DIR'] ?? config.database.dataDir,
    },
  });

  async function installations(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const id of ids) {
      await database.query(
        `INSERT INTO installations (id, state, settings_version, created_at, updated_at)
         VALUES ($1, 'active', 1, now(), now())`,
        [id],
      );
      await database.query(
        `INSERT INTO installation_versions (installation_id, version, configuration, changed_by, created_at)
         VALUES ($1, 1, '{}', 'bench', now())`,
        [id],
      );
    }
    return ids;
  }

  /** Orders a second, each from its opening to its end. */
  async function ordersPerSecond(kind: typeof AuditTrail, among: readonly string[]): Promise<number> {
    const [clock, ids] = [new SystemClock(), new TimeOrderedIds()];
    const transactions = new Transactions(database);
    const vault = new OrderVault(database, new KeyRing(encryption.keys));
    const book = new OrderBook(
      database,
      transactions,
      vault,
      new kind(clock, ids),
      clock,
      ids,
      new SharedClock(database),
    );
    const open = (about: { installationId: string; opportunityId: string }) =>
      transactions.run((tx) =>
        book.open(
          tx,
          'job:bench',
          book.draft({
            ...about,
            settingsVersion: 1,
            triggeredAt: clock.now(),
            triggerStageId: null,
            deliveryId: null,
            before: null,
          }),
        ),
      );
    let next = 0;
    const write = async (): Promise<void> => {
      while (next < ORDERS) await liveThrough(book, vault, open, among[next++ % among.length] ?? '');
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: WRITERS }, write));
    return ORDERS / ((performance.now() - start) / 1_000);
  }

  it.each([
    ['all orders of one installation', 1],
    ['orders of 50 installations', 50],
  ])('%s', async (name, count) => {
    const among = await installations(count);
    const chained: number[] = [];
    const plain: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      // One and the other in turn, so that what else the machine does meets both; the first round warms up.
      const [a, b] = [await ordersPerSecond(AuditTrail, among), await ordersPerSecond(UnchainedTrail, among)];
      if (round < 0) continue;
      chained.push(a);
      plain.push(b);
    }
    const [withChain, without] = [median(chained), median(plain)];
    const spread = (values: number[]): string =>
      `${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)}`;
    process.stdout.write(
      `${name}, ${database.place.kind} database, ${availableParallelism()} cores, ${WRITERS} writers, ` +
        `${ROUNDS} rounds of ${ORDERS} orders:\n` +
        `  chained ${withChain.toFixed(1)} orders/s (${spread(chained)}), ` +
        `plain rows ${without.toFixed(1)} orders/s (${spread(plain)}), ` +
        `ratio ${(withChain / without).toFixed(2)}\n`,
    );
    // Both wrote the same number of entries, and what was chained is a chain.
    const [{ entries } = { entries: 0 }] = await database.query<{ entries: number }[]>(
      'SELECT count(*)::int AS entries FROM audit_entries',
    );
    const [rows] = await database.query<{ count: number }[]>('SELECT count(*)::int FROM plain_entries');
    expect(rows?.count).toBe(entries);
    expect(await auditVerifierOn(database, { encryption }).verify(null)).toMatchObject({ ok: true, entries });
  });
});
