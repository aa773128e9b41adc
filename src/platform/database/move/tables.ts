import type { DataSource, QueryRunner } from 'typeorm';

/** Who can be asked, inside a transaction or outside of one. */
export type Asked = Pick<DataSource | QueryRunner, 'query'>;

export interface Column {
  name: string;
  /** By the database, from the others. */
  computed: boolean;
}

/** A table as the database itself describes it; partitions are part of theirs. */
export interface Table {
  /** With its schema, quoted where it must be: `public.orders`. */
  name: string;
  /** Quoted, in the order of a row. */
  columns: Column[];
  /** Of which tables rows must be there first. */
  needs: string[];
}

/** What a database describes cannot be moved: a sentence for a terminal. */
export class CannotMove extends Error {
  override readonly name = 'CannotMove';
}

/** All schemas that are not PostgreSQL's own. */
const OURS = `namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'`;

const TABLES = `
  SELECT quote_ident(namespace.nspname) || '.' || quote_ident(class.relname) AS name,
    (SELECT json_agg(json_build_object('name', quote_ident(attname), 'computed', attgenerated <> '') ORDER BY attnum)
     FROM pg_attribute WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped) AS columns,
    ARRAY(SELECT quote_ident(other_space.nspname) || '.' || quote_ident(other.relname)
          FROM pg_constraint AS reference
          JOIN pg_class AS other ON other.oid = reference.confrelid
          JOIN pg_namespace AS other_space ON other_space.oid = other.relnamespace
          WHERE reference.conrelid = class.oid AND reference.contype = 'f' AND other.oid <> class.oid) AS needs
  FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition AND ${OURS} ORDER BY 1`;

/** Every table there is, those that others need before them. @throws CannotMove when they need one another in a circle */
export async function tablesOf(database: Asked): Promise<Table[]> {
  const left = (await database.query(TABLES)) as Table[];
  const ordered: Table[] = [];
  while (left.length > 0) {
    const next = left.findIndex(({ needs }) => !left.some(({ name }) => needs.includes(name)));
    if (next === -1) {
      throw new CannotMove(
        `Tables need one another in a circle: ${left.map(({ name }) => name).join(', ')}. They cannot be filled one after the other.`,
      );
    }
    ordered.push(...left.splice(next, 1));
  }
  return ordered;
}

/** How many rows a table has, and a digest of them all that does not depend on their order. */
export interface Contents {
  rows: number;
  digest: string;
}

/** The columns whose values are given. */
export const filledColumns = ({ columns }: Table): string[] =>
  columns.filter(({ computed }) => !computed).map(({ name }) => name);

/** @param table one and the same for both sides that are compared: its columns may lie in another order there */
export async function contentsOf(database: Asked, table: Table): Promise<Contents> {
  const [contents] = (await database.query(
    `SELECT count(*)::int AS rows,
       COALESCE(sum(('x' || left(md5(ROW(${filledColumns(table).join(', ')})::text), 15))::bit(60)::bigint::numeric), 0)::text AS digest
     FROM ${table.name}`,
  )) as [Contents];
  return contents;
}

/** So that values are written alike on both sides, whatever the two are set to. */
export async function writeAlike(database: Asked): Promise<void> {
  const settings = {
    datestyle: 'ISO, MDY',
    intervalstyle: 'postgres',
    timezone: 'UTC',
    bytea_output: 'hex',
    extra_float_digits: '3',
  };
  for (const [name, value] of Object.entries(settings)) {
    await database.query(`SELECT set_config($1, $2, true)`, [name, value]);
  }
}
