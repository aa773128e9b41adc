import type { QueryRunner } from 'typeorm';
import type { ServiceDataSource } from '../service-data-source.js';
import { copyTable, setSequences } from './copy-table.js';
import {
  CannotMove,
  contentsOf,
  filledColumns,
  tablesOf,
  writeAlike,
  type Asked,
  type Contents,
  type Table,
} from './tables.js';

/** Tables that are not copied, and why. Whatever else a database has is: a new table cannot be forgotten. */
export const NOT_COPIED: Readonly<Record<string, string>> = {
  'public.migrations': 'made by the migrations, and compared',
  'pgboss.version': "made with the queue's tables, and compared",
  'pgboss.instance': 'which processes work on the queue at present',
  'pgboss.bam': "the queue's own building of indexes, of that database alone",
  'pgboss.queue_stats': 'how long queues were, for graphs; begins anew',
};

/** One table that was copied, the same on both sides. */
export interface Moved extends Contents {
  name: string;
}

/** @throws CannotMove when a table that is to be filled holds anything */
export async function assertEmpty(target: Asked): Promise<void> {
  const full: string[] = [];
  for (const { name } of await tablesOf(target)) {
    if (name in NOT_COPIED) continue;
    const [row] = (await target.query(`SELECT EXISTS (SELECT FROM ${name}) AS "isFull"`)) as [
      { isFull: boolean },
    ];
    if (row.isFull) full.push(name);
  }
  if (full.length > 0) {
    throw new CannotMove(
      `The database that DATABASE_URL names is not empty: there are rows in ${full.join(', ')}. Nothing was changed. Give it a new one.`,
    );
  }
}

/**
 * Fills a database whose schema is there with all that another one holds, in one transaction: whatever happens, it is
 * as empty as before or complete. The source is only read.
 * @param finish what else belongs into that transaction; after all was compared
 * @throws CannotMove when the two have not the same tables and versions, or did not come out the same
 */
export async function moveDatabase(
  source: ServiceDataSource,
  target: ServiceDataSource,
  finish: (to: QueryRunner) => Promise<void>,
): Promise<Moved[]> {
  const [from, to] = [source.createQueryRunner(), target.createQueryRunner()];
  try {
    await from.startTransaction('REPEATABLE READ');
    await to.startTransaction();
    await from.query('SET TRANSACTION READ ONLY');
    for (const side of [from, to]) await writeAlike(side);
    const tables = await sameTables(from, to);
    const moved: Moved[] = [];
    for (const table of tables) await copyTable(from, to, table);
    await setSequences(from, to, Object.keys(NOT_COPIED));
    for (const table of tables) moved.push(await compared(from, to, table));
    await finish(to);
    await to.commitTransaction();
    await from.rollbackTransaction();
    return moved;
  } catch (error) {
    // Where a connection is gone, so is its transaction.
    for (const side of [from, to])
      if (side.isTransactionActive) await side.rollbackTransaction().catch(() => null);
    throw error;
  } finally {
    for (const side of [from, to]) await side.release();
  }
}

/** The tables that are copied. */
async function sameTables(from: QueryRunner, to: QueryRunner): Promise<Table[]> {
  await sameVersions(from, to);
  const [there, here] = [await tablesOf(from), await tablesOf(to)];
  const described = (table: Table): string => `${table.name} (${filledColumns(table).toSorted().join(', ')})`;
  const [ours, theirs] = [there.map(described).toSorted(), here.map(described).toSorted()];
  const onlyOne = [
    ...ours.filter((one) => !theirs.includes(one)),
    ...theirs.filter((one) => !ours.includes(one)),
  ];
  if (onlyOne.length > 0) {
    throw new CannotMove(`The two databases have not the same tables: ${onlyOne.join('; ')}.`);
  }
  return here.filter(({ name }) => !(name in NOT_COPIED));
}

async function sameVersions(from: QueryRunner, to: QueryRunner): Promise<void> {
  const questions = {
    migrations: 'SELECT name AS version FROM public.migrations ORDER BY timestamp',
    "the queue's tables": 'SELECT version::text AS version FROM pgboss.version',
  };
  for (const [what, question] of Object.entries(questions)) {
    const [there, here] = [await from.query(question), await to.query(question)] as { version: string }[][];
    const names = (rows: { version: string }[] = []): string => rows.map(({ version }) => version).join(', ');
    if (names(there) !== names(here)) {
      throw new CannotMove(
        `The two databases are not of the same release (${what}). Start the embedded service once with this release, stop it, and begin again.`,
      );
    }
  }
}

async function compared(from: QueryRunner, to: QueryRunner, table: Table): Promise<Moved> {
  const [there, here] = [await contentsOf(from, table), await contentsOf(to, table)];
  if (there.rows !== here.rows || there.digest !== here.digest) {
    throw new CannotMove(
      `${table.name} did not arrive as it was: ${there.rows} rows there, ${here.rows} here. Nothing was changed.`,
    );
  }
  return { name: table.name, ...here };
}
