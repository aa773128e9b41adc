import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import type { TestDatabase } from './test-database.js';

/** The service's data source on a test's database, without the service. */
export function openTestDataSource(
  { env }: TestDatabase,
  entities: (new () => object)[] = [],
): Promise<ServiceDataSource> {
  const url = env['DATABASE_URL'];
  return ServiceDataSource.open(
    url === undefined
      ? { kind: 'embedded', dataDir: env['DATA_DIR'] ?? null }
      : { kind: 'server', url, poolSize: 5, patienceMs: 120_000 },
    { entities, migrations: MIGRATIONS },
  );
}
