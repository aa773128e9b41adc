import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { patienceOf } from '../../src/platform/database/service-data-source.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/test-database.js';

const template = inject('databaseTemplate');
const READ = 'SELECT * FROM things WHERE id = $1 LIMIT 1';
const LIST = 'SELECT * FROM things WHERE id > $1 ORDER BY id LIMIT 50';

/** The embedded database plans every statement anew. */
describe.skipIf(template.kind === 'embedded')('statements that are used again and again', () => {
  let database: TestDatabase;
  let url: string;
  let pool: Pool;

  beforeEach(async () => {
    database = await createTestDatabase(template);
    url = database.env['DATABASE_URL'] ?? '';
    await onServer(url, 'CREATE TABLE things (id integer PRIMARY KEY); INSERT INTO things VALUES (1), (2)');
    pool = new Pool({ connectionString: url, max: 1, ...patienceOf({}) });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const prepared = async (): Promise<string[]> =>
    (await pool.query<{ statement: string }>('SELECT statement FROM pg_prepared_statements')).rows.map(
      ({ statement }) => statement,
    );

  it('are planned once for a connection, if their plan does not depend on what is sought', async () => {
    for (let use = 0; use < 6; use++) {
      expect((await pool.query(READ, [2])).rows).toEqual([{ id: 2 }]);
      expect((await pool.query(LIST, [0])).rows).toHaveLength(2);
    }
    expect(await prepared()).toEqual([READ]);
  });

  it('are planned anew on another connection when a newer version has changed their table', async () => {
    for (let use = 0; use < 6; use++) await pool.query(READ, [1]);
    await onServer(url, `ALTER TABLE things ADD COLUMN name text NOT NULL DEFAULT 'one'`);
    await expect(pool.query(READ, [1])).rejects.toMatchObject({ code: '0A000' });
    expect((await pool.query(READ, [1])).rows).toEqual([{ id: 1, name: 'one' }]);
  });
});
