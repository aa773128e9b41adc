import type { DataSource, EntityManager } from 'typeorm';
import { SealBroken, type KeyRing } from './key-ring.js';

/** A column that the key ring seals. Who writes, reads and re-seals it names the place of a value in one way. */
export interface SealedColumn {
  table: string;
  column: string;
  /** The columns of the primary key. */
  key: readonly string[];
  /** Other columns that the place is made of. */
  alsoRead: readonly string[];
  /** Names row and column; what is sealed opens nowhere else (I2). */
  place: (row: Readonly<Record<string, string>>) => string;
  /** Rows to take samples from, where the table has too many to read them all. */
  sampled?: string;
}

/** Something that a key has sealed: by what name, and whether the key that we have under that name opens it. */
export interface Sample {
  keyId: string;
  isOpened: boolean;
}

export interface Resealing {
  /** How many were sealed anew. */
  resealed: number;
  /** How many no configured key opens; they stay as they are. */
  unreadable: number;
}

const BATCH = 200;

type Row = Record<string, string> & { sealed_value: Buffer };

/**
 * Seals anew, under the first key, what another key sealed, a batch at a time and each in a short transaction, so that
 * the service runs on (I2). What is sealed under an old key meanwhile, behind where it has come, is left for the next run.
 * The last come first: what a run that died leaves is at the beginning, where a start takes samples, and not between what it
 * has done and what was sealed under the first key since.
 */
export async function reseal(database: DataSource, ring: KeyRing, column: SealedColumn): Promise<Resealing> {
  const total: Resealing = { resealed: 0, unreadable: 0 };
  let after: Row | undefined;
  for (;;) {
    const rows = await database.transaction(async (manager) => {
      const batch = await batchOf(manager, ring, column, { which: '<>', after, lock: 'FOR UPDATE' });
      for (const row of batch) {
        const isResealed = await resealRow(manager, ring, column, row);
        total[isResealed ? 'resealed' : 'unreadable'] += 1;
      }
      return batch;
    });
    after = rows.at(-1);
    if (rows.length < BATCH) return total;
  }
}

/** The oldest and the newest value of each key that occurs. */
export async function samplesOf(
  database: Pick<DataSource, 'query'>,
  ring: KeyRing,
  column: SealedColumn,
): Promise<Sample[]> {
  const { table, column: name, key, alsoRead, sampled = table } = column;
  // Ids are ordered by time; format, length and name of the key come first in a value.
  const oneOfEach = (direction: 'ASC' | 'DESC'): string =>
    `(SELECT DISTINCT ON (1) substring(${name} FROM 1 FOR 2 + get_byte(${name}, 1)) AS header,
        ${[...key, ...alsoRead].join(', ')}, ${name} AS sealed_value
      FROM ${sampled} WHERE octet_length(${name}) > 2 ORDER BY 1, ${key.at(-1)} ${direction})`;
  const rows = await database.query<(Row & { header: Buffer })[]>(
    `${oneOfEach('ASC')} UNION ALL ${oneOfEach('DESC')}`,
  );
  return rows.map((row) => ({
    keyId: row.header.toString('utf8', 2),
    isOpened: openedIn(ring, column, row) !== null,
  }));
}

/** How many values another key than the first has sealed. */
export async function countUnderOldKeys(
  database: DataSource,
  ring: KeyRing,
  { table, column }: SealedColumn,
): Promise<number> {
  const [row] = await database.query<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM ${table} WHERE substring(${column} FROM 1 FOR $1) <> $2`,
    [ring.writingHeader.length, ring.writingHeader],
  );
  return row?.count ?? 0;
}

/**
 * How many values bear the name of the first key and are not opened by it: sealed with other bytes of that name, or changed.
 * Reads them all.
 */
export async function countUnopened(
  database: DataSource,
  ring: KeyRing,
  column: SealedColumn,
): Promise<number> {
  let unopened = 0;
  let after: Row | undefined;
  for (;;) {
    const rows = await batchOf(database.manager, ring, column, { which: '=', after, lock: '' });
    unopened += rows.filter((row) => openedIn(ring, column, row) === null).length;
    after = rows.at(-1);
    if (rows.length < BATCH) return unopened;
  }
}

interface BatchOptions {
  /** Whether those of the first key, or of others. */
  which: '=' | '<>';
  after: Row | undefined;
  lock: 'FOR UPDATE' | '';
}

async function batchOf(
  manager: EntityManager,
  ring: KeyRing,
  { table, column, key, alsoRead }: SealedColumn,
  { which, after, lock }: BatchOptions,
): Promise<Row[]> {
  const behind = after
    ? `AND (${key.join(', ')}) < (${key.map((_, index) => `$${index + 3}::uuid`).join(', ')})`
    : '';
  return manager.query<Row[]>(
    `SELECT ${[...key, ...alsoRead].join(', ')}, ${column} AS sealed_value FROM ${table}
     WHERE substring(${column} FROM 1 FOR $1) ${which} $2 ${behind}
     ORDER BY ${key.map((name) => `${name} DESC`).join(', ')} LIMIT ${BATCH} ${lock}`,
    [ring.writingHeader.length, ring.writingHeader, ...(after ? key.map((name) => after[name]) : [])],
  );
}

async function resealRow(
  manager: EntityManager,
  ring: KeyRing,
  sealedColumn: SealedColumn,
  row: Row,
): Promise<boolean> {
  const { table, column, key, place } = sealedColumn;
  const opened = openedIn(ring, sealedColumn, row);
  if (opened === null) return false;
  const where = key.map((name, index) => `${name} = $${index + 2}`).join(' AND ');
  await manager.query(`UPDATE ${table} SET ${column} = $1 WHERE ${where}`, [
    ring.seal(opened, place(row)),
    ...key.map((name) => row[name]),
  ]);
  return true;
}

/** Null when no configured key opens it. */
function openedIn(ring: KeyRing, { place }: SealedColumn, row: Row): Buffer | null {
  try {
    return ring.open(row.sealed_value, place(row));
  } catch (error) {
    if (error instanceof SealBroken) return null;
    throw error;
  }
}
