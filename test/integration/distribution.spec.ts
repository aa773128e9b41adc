import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { openTestDataSource } from '../support/test-data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** The two cells of the table in docs/scaling.md. */
function listed(): { distributed: string[]; local: string[] } {
  const row = readFileSync('docs/scaling.md', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('| `installations`'));
  const [distributed = [], local = []] = (row ?? '')
    .split('|')
    .slice(1, 3)
    .map((cell) => [...cell.matchAll(/`(\w+)`(?! *\))/g)].map(([, name]) => name ?? ''))
    .map((names) => names.filter((name) => name !== 'id'));
  return { distributed, local };
}

/** By what a table would be distributed. */
const columnOf = (table: string): string => (table === 'installations' ? 'id' : 'installation_id');

describe('a schema that can be distributed by installation, as docs/scaling.md says', () => {
  const { distributed, local } = listed();
  let testDatabase: TestDatabase;
  let database: DataSource;

  beforeAll(async () => {
    testDatabase = await createTestDatabase(inject('databaseTemplate'));
    database = await openTestDataSource(testDatabase);
  });
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });

  it('has a place for every table', async () => {
    const tables = await database.query<{ name: string }[]>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    expect([...distributed, ...local].toSorted()).toEqual(tables.map(({ name }) => name));
  });

  it('has the installation in every unique index of what is distributed', async () => {
    const indexes = await database.query<{ table: string; name: string; columns: string[] }[]>(
      `SELECT class.relname AS table, indexrelid::regclass::text AS name,
         ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey)) AS columns
       FROM pg_index JOIN pg_class AS class ON class.oid = indrelid
       WHERE indisunique AND class.relnamespace = 'public'::regnamespace`,
    );
    const lacking = indexes.filter(
      ({ table, columns }) => distributed.includes(table) && !columns.includes(columnOf(table)),
    );
    expect(lacking).toEqual([]);
    expect(indexes.length).toBeGreaterThan(distributed.length);
  });

  it('refers by the installation, and to what is distributed alike, but for one key', async () => {
    const references = await database.query<{ from: string; to: string; pairs: string[] }[]>(
      `SELECT class.relname AS from, other.relname AS to,
         ARRAY(SELECT own.attname || '>' || theirs.attname
               FROM unnest(conkey, confkey) AS pair (own, theirs)
               JOIN pg_attribute AS own ON own.attrelid = conrelid AND own.attnum = pair.own
               JOIN pg_attribute AS theirs ON theirs.attrelid = confrelid AND theirs.attnum = pair.theirs) AS pairs
       FROM pg_constraint JOIN pg_class AS class ON class.oid = conrelid JOIN pg_class AS other ON other.oid = confrelid
       WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
    );
    const inTheWay = references.filter(
      ({ from, to, pairs }) =>
        !distributed.includes(from) ||
        !distributed.includes(to) ||
        !pairs.includes(`${columnOf(from)}>${columnOf(to)}`),
    );
    expect(inTheWay.map(({ from, to }) => `${from} > ${to}`)).toEqual(['admin_keys > installations']);
  });
});
