import { Client } from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { ReadNoHistory1763917000000 } from '../../src/platform/database/migrations/1763917000000-read-no-history.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { eventually } from '../support/eventually.js';
import { onServer } from '../support/test-database.js';

const template = inject('databaseTemplate');

class AddAColumn implements MigrationInterface {
  readonly name = 'AddAColumn1800000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE installations ADD COLUMN added_beside_work text');
  }
  async down(): Promise<void> {}
}

class TakeItsTime implements MigrationInterface {
  readonly name = 'TakeItsTime1800000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SELECT pg_sleep(0.3)');
  }
  async down(): Promise<void> {}
}

/** What grows with all that ever was, and is written while people wait. */
const BIG_TABLES = ['orders', 'order_events', 'deliveries', 'audit_entries', 'vendor_calls'];

/** Of the tables whose writers the transaction keeps waiting by what it has locked: them, or an index of theirs. */
const KEPT_FROM_WRITING = `
  SELECT DISTINCT COALESCE(indrelid, relation)::regclass::text AS name
  FROM pg_locks LEFT JOIN pg_index ON indexrelid = relation
  WHERE pid = pg_backend_pid() AND granted
    AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND COALESCE(indrelid, relation) = ANY ($1::oid[])
  ORDER BY name`;

describe.runIf(template.kind === 'server')(
  'migrations beside replicas that work (on PostgreSQL only)',
  () => {
    const server = template.kind === 'server' ? template.url : '';
    const cleanUps: (() => Promise<unknown>)[] = [];
    let made = 0;
    let name: string;
    let url: string;

    beforeEach(async () => {
      name = `lv_beside_${process.pid}_${++made}_${Date.now()}`;
      await onServer(server, `CREATE DATABASE ${name}`);
      cleanUps.push(() => onServer(server, `DROP DATABASE ${name}`));
      const own = new URL(server);
      own.pathname = `/${name}`;
      url = own.href;
    });
    afterEach(async () => {
      for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
    });

    /** What it answers is the caller's to destroy. */
    const open = (migrations: (new () => MigrationInterface)[]): Promise<ServiceDataSource> =>
      ServiceDataSource.open({ kind: 'server', url, poolSize: 2 }, { entities: [], migrations });
    const connect = async (): Promise<Client> => {
      const client = new Client({ connectionString: url, statement_timeout: 15_000 });
      await client.connect();
      cleanUps.push(() => client.end());
      return client;
    };

    it('let others through while they wait for a table that somebody reads for long (F5)', async () => {
      await (await open(MIGRATIONS)).destroy();
      const [reading, watching, working] = [await connect(), await connect(), await connect()];
      await reading.query('BEGIN; LOCK TABLE installations IN ACCESS SHARE MODE');
      const opening = open([...MIGRATIONS, AddAColumn]);
      try {
        await eventually(async () => {
          const { rows } = await watching.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
             AND application_name = 'lever-victig-migrations' AND wait_event_type = 'Lock'`,
          );
          expect(rows).toHaveLength(1);
        }, 10_000);
        expect((await working.query('SELECT id FROM installations')).rows).toEqual([]);
      } finally {
        await reading.query('COMMIT');
        await (await opening).destroy();
      }
      expect((await working.query('SELECT added_beside_work FROM installations')).rows).toEqual([]);
    });

    it('take as long as they do, and so does the turn, where the role has little patience (F5)', async () => {
      await onServer(server, `ALTER DATABASE ${name} SET statement_timeout = 100`);
      const opened = await Promise.allSettled([open([TakeItsTime]), open([TakeItsTime])]);
      for (const one of opened) if (one.status === 'fulfilled') await one.value.destroy();
      expect(opened.filter(({ status }) => status === 'rejected')).toEqual([]);
      const { rows } = await (await connect()).query('SELECT name FROM migrations');
      expect(rows).toEqual([{ name: new TakeItsTime().name }]);
    });

    it('keep the writers of one big table waiting at a time (F5)', async () => {
      const database = new DataSource({ type: 'postgres', url });
      await database.initialize();
      cleanUps.push(() => database.destroy());
      const runner = database.createQueryRunner();
      cleanUps.push(() => runner.release());

      const keptWaiting = new Map<string, string[]>();
      for (const Migration of MIGRATIONS) {
        const [before] = await runner.manager.query<{ tables: string[] }[]>(
          'SELECT array_agg(to_regclass(name)::oid) AS tables FROM unnest($1::text[]) AS name',
          [BIG_TABLES],
        );
        await runner.startTransaction();
        await new Migration().up(runner);
        const locked = await runner.manager.query<{ name: string }[]>(KEPT_FROM_WRITING, [before?.tables]);
        await runner.commitTransaction();
        keptWaiting.set(
          Migration.name,
          locked.map((table) => table.name),
        );
      }

      // From before the rule: locks are seen.
      expect(keptWaiting.get('ActOnOrdersByHand1763892000000')).toEqual([
        'deliveries',
        'order_events',
        'orders',
      ]);
      const since = MIGRATIONS.slice(MIGRATIONS.indexOf(ReadNoHistory1763917000000));
      const atOnce = since.map(
        (Migration) => [Migration.name, keptWaiting.get(Migration.name) ?? []] as const,
      );
      expect(atOnce.filter(([, tables]) => tables.length > 1)).toEqual([]);
    });
  },
);
