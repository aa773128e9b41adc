import { AuditTrail } from './audit/audit-trail.js';
import { Pauses } from './operations/pauses.js';
import { SystemClock } from './platform/clock.js';
import { readDatabaseConfig } from './platform/config/app-config.js';
import { Transactions } from './platform/database/transactions.js';
import { TimeOrderedIds } from './platform/ids.js';
import { SharedClock } from './platform/shared-clock.js';
import { connectToExisting, runCommand } from './run-command.js';

// Has the service order and send nothing until an admin resumes it: for a copy that it cannot notice by itself, such as
// one of a disk (docs/operating.md), and for an emergency. Services that run heed it within seconds. Of the environment
// it needs DATABASE_URL, or DATA_DIR, alone.

await runCommand('The service was not paused', async () => {
  const database = await connectToExisting(readDatabaseConfig(process.env));
  try {
    const [clock, ids] = [new SystemClock(), new TimeOrderedIds()];
    const audit = new AuditTrail(clock, ids);
    const shared = new SharedClock(database);
    const pauses = new Pauses(database, new Transactions(database), audit, clock, ids, shared);
    await pauses.pause('command:service-pause');
  } finally {
    await database.destroy();
  }
  process.stdout.write('Paused. An admin resumes it by POST /admin/v1/pause/resume.\n');
  return 0;
});
