import { getConstructionPlans } from 'pg-boss';
import type { DataSource } from 'typeorm';

/** Makes the queue's tables where there are none, as the service's first start does. */
export async function makeQueueTables(database: DataSource): Promise<void> {
  const [found] = await database.query<{ version: string | null }[]>(
    `SELECT to_regclass('pgboss.version') AS version`,
  );
  // A script with a transaction of its own.
  if (found?.version === null) await database.query(getConstructionPlans('pgboss'));
}
