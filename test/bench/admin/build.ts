import { randomBytes } from 'node:crypto';
import { startProcess, type RunningProcess } from '../../chaos/running-process.ts';
import { freePort } from '../../support/free-port.ts';
import type { BenchDatabase } from './bench-database.ts';
import { fill } from './fill.ts';
import { SERVICE_COMMAND } from '../../../sandbox/try-it/service-command.ts';

export const ADMIN_KEY = randomBytes(24).toString('hex');

export const say = (text: string): void => void process.stderr.write(`${text}\n`);

export async function startService({
  url: databaseUrl,
  encryptionKeys,
}: BenchDatabase): Promise<{ url: string; process: RunningProcess }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = startProcess([...SERVICE_COMMAND], {
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEYS: encryptionKeys,
    ADMIN_API_KEY: ADMIN_KEY,
    RECONCILE_INTERVAL_SECONDS: '86400',
    LOG_LEVEL: 'error',
    // More than a person asks for in a minute, by one key and from one address.
    ADMIN_REQUESTS_PER_MINUTE: '0',
    ADDRESS_REQUESTS_PER_MINUTE: '0',
  });
  await service.until(async () => (await fetch(`${url}/health/ready`)).ok);
  return { url, process: service };
}

/** An installation as the API makes it, to copy. */
async function createInstallation(url: string): Promise<void> {
  const answer = await fetch(`${url}/admin/v1/installations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'Bench',
      lever: {},
      triggerStageIds: [],
      victig: { clientGuid: 'bench' },
      certification: {
        certifiedBy: 'Bench',
        certifiedAt: '2026-11-22T00:00:00Z',
        statement: 'Nobody is screened.',
      },
      settings: { defaultProduct: 'Criminal Package 1' },
    }),
  });
  if (!answer.ok)
    throw new Error(`creating an installation answered ${answer.status}: ${await answer.text()}`);
}

export async function build(
  database: BenchDatabase,
  orders: number,
  auditEntriesPerOrder: number,
): Promise<void> {
  say(`Building ${orders} orders and ${orders * auditEntriesPerOrder} audit entries …`);
  // Migrations run when it starts; filling is done while it stands still.
  const first = await startService(database);
  await createInstallation(first.url);
  await first.process.end('SIGTERM');
  await fill(database, orders, auditEntriesPerOrder, say);
  await database.markFilled();
}
