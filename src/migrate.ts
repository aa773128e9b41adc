import { readDatabaseConfig } from './platform/config/app-config.js';
import { MIGRATIONS, placeOf } from './platform/database/database.module.js';
import { ServiceDataSource } from './platform/database/service-data-source.js';
import { runCommand, sayWhere } from './run-command.js';

// Brings the schema up to date and does nothing else: for an owner of the tables who is not the service
// (docs/grants.sql). The service does the same at its start, and finds nothing left to do. Of the environment it needs
// DATABASE_URL alone.

await runCommand('The schema was not brought up to date', async () => {
  const place = placeOf(readDatabaseConfig(process.env));
  sayWhere(place);
  const database = await ServiceDataSource.open(place, { entities: [], migrations: MIGRATIONS });
  await database.destroy();
  process.stdout.write('The schema is up to date.\n');
  return 0;
});
