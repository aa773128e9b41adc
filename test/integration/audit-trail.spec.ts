import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import { auditVerifierOn } from '../../src/audit/verify-audit.js';
import { withCause } from '../../src/platform/cause.js';
import { SystemClock } from '../../src/platform/clock.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { TimeOrderedIds } from '../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

describe('the audit trail (A1)', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let transactions: Transactions;
  const audit = new AuditTrail(new SystemClock(), new TimeOrderedIds());
  const installationId = randomUUID();

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseTemplate'));
    dataSource = await openTestDataSource(database);
    transactions = new Transactions(dataSource);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const entry = {
    action: 'installation.created',
    data: { settingsVersion: 1 },
    actor: 'admin_key:test',
    installationId,
  } as const;
  const count = async (): Promise<number> => {
    const rows = await dataSource.query<unknown[]>('SELECT 1 FROM audit_entries');
    return rows.length;
  };

  it('records in the transaction of the change, and not without it', async () => {
    await transactions.run((tx) => audit.record(tx, entry));
    const failing = transactions.run(async (tx) => {
      await audit.record(tx, entry);
      throw new Error('the change failed');
    });
    await expect(failing).rejects.toThrow('the change failed');
    expect(await count()).toBe(1);
  });

  it('writes the cause and the settings that were followed, and nothing that does not fit its action', async () => {
    const one = randomUUID();
    const job = randomUUID();
    await withCause('job', job, () =>
      transactions.run((tx) => audit.record(tx, { ...entry, installationId: one, settingsVersion: 3 })),
    );
    const rows = await dataSource.query<unknown[]>(
      'SELECT cause, settings_version FROM audit_entries WHERE installation_id = $1',
      [one],
    );
    expect(rows).toEqual([{ cause: `job:${job}`, settings_version: 3 }]);
    const named = { ...entry, installationId: one, data: { settingsVersion: 1, name: 'Ana Ruiz' } };
    await expect(transactions.run((tx) => audit.record(tx, named))).rejects.toThrow('Unrecognized key');
    expect(await auditVerifierOn(dataSource, { encryption: { keys: [] } }).verify(one)).toMatchObject({
      ok: true,
      entries: 1,
    });
    await dataSource.query('ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only');
    for (const change of ['cause = NULL', 'settings_version = NULL', `cause = 'job:other'`]) {
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.query(`UPDATE audit_entries SET ${change} WHERE installation_id = $1`, [one]);
      const found = await auditVerifierOn(runner.manager, { encryption: { keys: [] } }).verify(one);
      await runner.rollbackTransaction();
      await runner.release();
      expect(found, change).toMatchObject({ ok: false, first: { seq: 1, fault: 'changed' } });
    }
    await dataSource.query('ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_append_only');
  });

  it.each([
    ['UPDATE', `UPDATE audit_entries SET actor = 'nobody'`],
    ['DELETE', 'DELETE FROM audit_entries'],
    ['TRUNCATE', 'TRUNCATE audit_entries'],
  ])('refuses %s with an error, even where no row would change', async (operation, statement) => {
    await expect(dataSource.query(statement)).rejects.toThrow(
      `audit_entries may not be changed: it refuses ${operation}`,
    );
    expect(await count()).toBe(2);
  });

  it('chains what many write at once, on several installations in any order, without a gap or a deadlock (A2)', async () => {
    const chains = Array.from({ length: 3 }, () => randomUUID());
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        transactions.run(async (tx) => {
          const [first, second] = n % 2 === 0 ? [0, 1] : [1, 0];
          await audit.record(tx, { ...entry, installationId: chains[first] ?? '' });
          await audit.record(tx, { ...entry, installationId: chains[second] ?? '' });
          await audit.record(tx, { ...entry, installationId: chains[2] ?? '' });
        }),
      ),
    );
    for (const chain of chains) {
      const rows = await dataSource.query<{ seq: string; id: string; previous_id: string | null }[]>(
        'SELECT seq, id, previous_id FROM audit_entries WHERE installation_id = $1 ORDER BY seq',
        [chain],
      );
      expect(rows.map(({ seq }) => Number(seq))).toEqual(rows.map((_, index) => index + 1));
      expect(rows.map(({ previous_id }) => previous_id)).toEqual(
        [null, ...rows.map(({ id }) => id)].slice(0, 60),
      );
    }
  });

  it('records a repeated refusal once a minute (T1)', async () => {
    const refused = {
      action: 'webhook.refused',
      data: { door: 'lever', reason: 'signature' },
      actor: 'stranger',
      installationId: randomUUID(),
    } as const;
    const minute = new AuditTrail({ now: () => new Date(60_000) }, new TimeOrderedIds());
    const before = await count();
    for (let n = 0; n < 3; n++) await transactions.run((tx) => minute.recordOncePerMinute(tx, refused));
    expect(await count()).toBe(before + 1);
  });

  it('hashes ids as the database writes them, however they were given (A2)', async () => {
    const one = randomUUID();
    const shouted = { ...entry, installationId: one.toUpperCase(), orderId: randomUUID().toUpperCase() };
    await transactions.run((tx) => audit.record(tx, shouted));
    for (const id of [one, one.toUpperCase()]) {
      await transactions.run((tx) => audit.recordOncePerMinute(tx, { ...entry, installationId: id }));
    }
    expect(await auditVerifierOn(dataSource, { encryption: { keys: [] } }).verify(one)).toMatchObject({
      ok: true,
      entries: 2,
    });
  });
});
