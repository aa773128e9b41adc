import { parseArgs } from 'node:util';
import { SERVICE_CHAIN } from './audit/audit-entry.js';
import { auditVerifierOn, type Verification } from './audit/verify-audit.js';
import { readConfig } from './platform/config/app-config.js';
import { connectToExisting, runCommand } from './run-command.js';

// Verifies the audit trail (A2) of the database and with the keys that the environment names, without the service;
// changes nothing. Ends with 0 when it is whole, 1 when it is not, 2 when that could not be found out.
// `npm run audit:verify -- --installation <id>` reads one chain only, `-- --service` the service's own.

function sentenceOf({ ok, first, brokenCheckpoint, entries, checkpoints }: Verification): string {
  const read = `${entries} entries and ${checkpoints} checkpoints were read`;
  if (ok) return `The audit trail is whole: ${read}.`;
  const faults = [
    first &&
      `entry ${first.seq} (${first.id ?? 'its id is gone with it'}) of ${
        first.installationId === SERVICE_CHAIN
          ? "the service's own chain"
          : `installation ${first.installationId}`
      }: ${first.fault}`,
    brokenCheckpoint && `checkpoint ${brokenCheckpoint} cannot be believed, nor any after it`,
  ].filter((fault) => fault !== null && fault !== 0);
  return `The audit trail is NOT whole: ${faults.join('; ')} (${read}).`;
}

async function verify(only: string | null): Promise<Verification> {
  const config = readConfig(process.env);
  const database = await connectToExisting(config);
  try {
    return await auditVerifierOn(database, config).verify(only);
  } finally {
    await database.destroy();
  }
}

await runCommand('The audit trail was not verified', async () => {
  const { values } = parseArgs({
    options: { installation: { type: 'string' }, service: { type: 'boolean' } },
  });
  const verification = await verify(values.service ? SERVICE_CHAIN : (values.installation ?? null));
  process.stdout.write(`${sentenceOf(verification)}\n`);
  return verification.ok ? 0 : 1;
});
