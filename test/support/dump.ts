import type { DataSource } from 'typeorm';

/** Every row of every table of every schema, the queue's included, as text; bytes are written in hexadecimal. */
export async function dumpDatabase(database: Pick<DataSource, 'query'>): Promise<string> {
  const tables = await database.query<{ name: string }[]>(
    `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }[]>(`SELECT t::text AS row FROM ${name} AS t`);
    texts.push(`-- ${name}`, ...rows.map(({ row }) => row));
  }
  return texts.join('\n');
}
