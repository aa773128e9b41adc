import { resolve } from 'node:path';
import { SERVICE_CHAIN } from './audit/audit-entry.js';
import { AuditTrail } from './audit/audit-trail.js';
import type { Queries } from './audit/audit-chains.js';
import { auditVerifierOn } from './audit/verify-audit.js';
import { Pauses } from './operations/pauses.js';
import { SystemClock } from './platform/clock.js';
import { readConfig, type AppConfig } from './platform/config/app-config.js';
import { MIGRATIONS } from './platform/database/database.module.js';
import { describePlace, holdsDatabase } from './platform/database/existing-database.js';
import { assertEmpty, moveDatabase, NOT_COPIED, type Moved } from './platform/database/move/move-database.js';
import { CannotMove } from './platform/database/move/tables.js';
import { markAsMoved } from './platform/database/moved-data-dir.js';
import { ServiceDataSource, type DatabasePlace } from './platform/database/service-data-source.js';
import { Transactions } from './platform/database/transactions.js';
import { TimeOrderedIds } from './platform/ids.js';
import { makeQueueTables } from './platform/jobs/queue-tables.js';
import { differences, homeOf, type Home } from './platform/pause/home.js';
import { SharedClock } from './platform/shared-clock.js';
import { runCommand } from './run-command.js';

// Moves an installation on the embedded database in DATA_DIR to the empty PostgreSQL that DATABASE_URL names, with its
// jobs. Reads the folder only, and afterwards marks it, so that nothing starts on it again. Ends with 0 when all is
// there and the audit trail verifies, 1 when the trail does not, 2 when it failed; without
// the mark nothing was moved then.

/** A table is read and compared in one statement each. */
const PATIENCE_MS = 3_600_000;

function placesOf({ database }: AppConfig): { source: DatabasePlace; target: DatabasePlace } {
  const dataDir = resolve(database.dataDir);
  if (database.url === undefined) throw new CannotMove('Set DATABASE_URL to the PostgreSQL to move to.');
  if (!holdsDatabase(dataDir)) {
    throw new CannotMove(`There is no embedded database in ${dataDir}. Set DATA_DIR to its folder.`);
  }
  return {
    source: { kind: 'embedded', dataDir },
    target: { kind: 'server', url: database.url, poolSize: 2, patienceMs: PATIENCE_MS },
  };
}

/** Before anything is made in it. */
async function assertTargetEmpty(target: DatabasePlace): Promise<void> {
  const asItIs = await ServiceDataSource.connect(target);
  try {
    await assertEmpty(asItIs);
  } finally {
    await asItIs.destroy();
  }
}

async function move(config: AppConfig): Promise<0 | 1> {
  const { source: from, target: to } = placesOf(config);
  process.stdout.write(`From ${describePlace(from)} to ${describePlace(to)}.\n`);
  const source = await ServiceDataSource.connect(from);
  try {
    await assertTargetEmpty(to);
    const target = await ServiceDataSource.open(to, { entities: [], migrations: MIGRATIONS });
    try {
      await makeQueueTables(target);
      const home = await homeOf(source, false);
      let isCopy = false;
      const moved = await moveDatabase(source, target, async (to) => {
        isCopy = await livesElsewhere(to, home);
        // It moves in with the next start, and is no copy of the folder, which is not used any more.
        if (!isCopy) await to.query(FORGET_HOME);
      });
      // From here on the PostgreSQL is the one that lives.
      markAsMoved(resolve(config.database.dataDir), new Date());
      await putOnRecord(target, moved);
      if (isCopy) await pauseCopy(target, home);
      tell(moved);
      const { ok, entries } = await auditVerifierOn(target, config).verify(null);
      process.stdout.write(
        ok
          ? `The audit trail is whole: ${entries} entries were read. Start the service with DATABASE_URL.\n`
          : 'The audit trail is NOT whole: see `npm run audit:verify`. Every row arrived as it was, so it was not whole before.\n',
      );
      return ok ? 0 : 1;
    } finally {
      await target.destroy();
    }
  } finally {
    await source.destroy();
  }
}

const FORGET_HOME = 'DELETE FROM service_home';

/** Whether the folder is a copy that no service was started on, which would have noticed it. */
async function livesElsewhere(moved: Queries, home: Home): Promise<boolean> {
  const [seen] = await moved.query<{ home: Partial<Home> }[]>('SELECT home FROM service_home');
  return seen !== undefined && differences(seen.home, home).length > 0;
}

/** As a start on the folder would have; until it is done what is kept of the home is that of the original. */
async function pauseCopy(target: ServiceDataSource, home: Home): Promise<void> {
  const [clock, ids] = [new SystemClock(), new TimeOrderedIds()];
  const audit = new AuditTrail(clock, ids);
  const shared = new SharedClock(target);
  await new Pauses(target, new Transactions(target), audit, clock, ids, shared).compare(home);
  await target.query(FORGET_HOME);
  process.stdout.write(
    'The folder is a copy of the one that the service ran on: it starts paused, and orders nothing until an admin resumes it.\n',
  );
}

async function putOnRecord(target: ServiceDataSource, moved: readonly Moved[]): Promise<void> {
  const audit = new AuditTrail(new SystemClock(), new TimeOrderedIds());
  await new Transactions(target).run((tx) =>
    audit.record(tx, {
      action: 'service.moved_to_postgres',
      data: { tables: moved.length, rows: moved.reduce((sum, { rows }) => sum + rows, 0) },
      actor: 'command:migrate-to-postgres',
      installationId: SERVICE_CHAIN,
    }),
  );
}

function tell(moved: readonly Moved[]): void {
  const lines = [
    'Moved, and compared by number and content of the rows:',
    ...moved.toSorted((a, b) => a.name.localeCompare(b.name)).map(({ name, rows }) => `  ${name}: ${rows}`),
    'Not moved:',
    ...Object.entries(NOT_COPIED).map(([name, why]) => `  ${name}: ${why}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

await runCommand('The move failed', () => move(readConfig(process.env)));
