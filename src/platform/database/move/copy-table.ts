import type { QueryRunner } from 'typeorm';
import { filledColumns, type Table } from './tables.js';

/** As many rows are under way at once. */
const BATCH = 500;

/**
 * Copies the rows of a table to the table of the same name, each as PostgreSQL itself writes it, so that no value goes
 * through a type of ours. Both sides are inside a transaction.
 * @param table as the side describes it that is filled
 */
export async function copyTable(from: QueryRunner, to: QueryRunner, table: Table): Promise<void> {
  const { name, columns } = table;
  const row = columns.map((column) => (column.computed ? 'NULL' : column.name)).join(', ');
  const filled = filledColumns(table);
  await from.query(`DECLARE moving NO SCROLL CURSOR FOR SELECT ROW(${row})::text AS row FROM ${name}`);
  for (;;) {
    const rows = (await from.query(`FETCH ${BATCH} FROM moving`)) as { row: string }[];
    if (rows.length === 0) break;
    await to.query(
      `INSERT INTO ${name} (${filled.join(', ')}) OVERRIDING SYSTEM VALUE
       SELECT ${filled.map((column) => `(whole).${column}`).join(', ')}
       FROM (SELECT row::${name} AS whole FROM unnest($1::text[]) AS given (row)) AS read`,
      [rows.map(({ row }) => row)],
    );
  }
  await from.query('CLOSE moving');
}

/** With the table whose column a sequence numbers; null for one that is nobody's. */
const SEQUENCES = `
  SELECT sequence.oid::regclass::text AS name, state.last_value::text AS last,
    (SELECT quote_ident(namespace.nspname) || '.' || quote_ident(class.relname)
     FROM pg_depend AS owned JOIN pg_class AS class ON class.oid = owned.refobjid
     JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
     WHERE owned.objid = sequence.oid AND owned.classid = 'pg_class'::regclass
       AND owned.refclassid = 'pg_class'::regclass AND owned.deptype IN ('a', 'i') LIMIT 1) AS "ofTable"
  FROM pg_sequences AS state
  JOIN pg_class AS sequence ON sequence.oid = format('%I.%I', state.schemaname, state.sequencename)::regclass
  WHERE state.last_value IS NOT NULL`;

/**
 * Has sequences go on where they were.
 * @param but tables that are not copied
 */
export async function setSequences(
  from: QueryRunner,
  to: QueryRunner,
  but: readonly string[],
): Promise<void> {
  const sequences = (await from.query(SEQUENCES)) as { name: string; last: string; ofTable: string | null }[];
  for (const { name, last, ofTable } of sequences) {
    if (ofTable !== null && but.includes(ofTable)) continue;
    await to.query('SELECT setval($1::regclass, $2::bigint)', [name, last]);
  }
}
