import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { MIGRATIONS } from './platform/database/database.module.js';
import { describeSchema } from './platform/database/describe-schema.js';
import { ServiceDataSource } from './platform/database/service-data-source.js';

// Writes docs/schema.md from the migrations, or with --check says whether it is up to date.

const FILE = 'docs/schema.md';

const database = await ServiceDataSource.open(
  { kind: 'embedded', dataDir: null },
  { entities: [], migrations: MIGRATIONS },
);
const schema = await describeSchema(database);
await database.destroy();

if (!process.argv.includes('--check')) writeFileSync(FILE, schema);
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== schema) {
  process.stderr.write(`${FILE} is not what the migrations make: run "npm run schema" and commit it.\n`);
  process.exitCode = 1;
}
