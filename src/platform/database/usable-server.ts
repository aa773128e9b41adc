import type { DataSource } from 'typeorm';
import { ConfigError, type ConfigFault } from '../config/app-config.js';

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
  const faults: ConfigFault[] = [];
  const refuse = (problem: string, remedy: string): void =>
    void faults.push({ variable: 'DATABASE_URL', problem, remedy });
  if (major < OLDEST_MAJOR) refuse(`names a PostgreSQL ${version}.`, `Use version ${OLDEST_MAJOR} or newer.`);
  if (encoding !== ENCODING)
    refuse(`names a database whose encoding is ${encoding}.`, `Make one with ${ENCODING}, from template0.`);
  if (faults.length > 0) throw new ConfigError(faults);
}
