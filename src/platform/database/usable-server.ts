import type { DataSource } from 'typeorm';
import { ConfigError } from '../config/app-config.js';

/** What the statements were written for. */
const OLDEST_MAJOR = 15;
/** Names of people, towns and companies are of any script. */
const ENCODING = 'UTF8';

/**
 * A server that is too old, or a database that cannot hold any text, would fail later, at somebody's order.
 * @throws ConfigError
 */
export async function assertUsable(database: Pick<DataSource, 'query'>): Promise<void> {
  const [server] = await database.query<{ major: number; version: string; encoding: string }[]>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major,
       current_setting('server_version') AS version, current_setting('server_encoding') AS encoding`,
  );
  if (server === undefined) throw new Error('the database does not say what it is');
  const { major, version, encoding } = server;
  const faults = [
    ...(major < OLDEST_MAJOR
      ? [{ problem: `names a PostgreSQL ${version}.`, remedy: `Use version ${OLDEST_MAJOR} or newer.` }]
      : []),
    ...(encoding === ENCODING
      ? []
      : [
          {
            problem: `names a database whose encoding is ${encoding}.`,
            remedy: `Make one with the encoding ${ENCODING}, from template0.`,
          },
        ]),
  ];
  if (faults.length > 0)
    throw new ConfigError(faults.map((fault) => ({ variable: 'DATABASE_URL', ...fault })));
}
