import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { until } from '../chaos/until.ts';
import { freePort } from '../support/free-port.ts';
import { say } from './say.ts';

/** Where one is expected when none is given and none is installed here. */
const USUAL = 'postgres://postgres@127.0.0.1:5432/postgres';

// Ended from outside a bench takes what it started along.
process.once('SIGTERM', () => process.exit(143));
process.once('SIGINT', () => process.exit(130));

/** PostgreSQL refuses to be run by root, and is run by its own account then. */
interface Account {
  uid: number;
  gid: number;
}

/**
 * The PostgreSQL to measure on: that of `TEST_DATABASE_URL`; else one of the bench's own, with the settings that it has when
 * nobody changes them, if it is installed here; else the one at the usual place. Named in `TEST_DATABASE_URL` from then on.
 * @param lasts whether what is made in it is to be there for another run: then it is never one of the bench's own
 */
export async function benchServer({ lasts = false } = {}): Promise<string> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined) return given;
  const programs = lasts ? null : programsOfPostgres();
  const url = programs === null ? USUAL : await startOwn(programs);
  process.env['TEST_DATABASE_URL'] = url;
  await tellOf(url, programs !== null);
  return url;
}

/** The folder of PostgreSQL's programs; null where it is not installed, or may not be run. */
function programsOfPostgres(): string | null {
  if (process.getuid?.() === 0 && accountOfPostgres() === null) return null;
  try {
    const folder = execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
    return existsSync(join(folder, 'initdb')) ? folder : null;
  } catch {
    return null;
  }
}

async function startOwn(programs: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lever-victig-postgres-'));
  const account = process.getuid?.() === 0 ? accountOfPostgres() : null;
  if (account) chownSync(folder, account.uid, account.gid);
  const quietly = { cwd: folder, stdio: 'ignore', ...account } as const;
  const data = join(folder, 'data');
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'],
    quietly,
  );
  const port = await freePort();
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder],
    quietly,
  );
  // The bench ends by itself, and takes it along, however it ends.
  server.unref();
  process.once('exit', () => {
    // Waits until nothing is written into the folder any more, which a signal does not.
    if (server.exitCode === null)
      execFileSync(join(programs, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop'], quietly);
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await until(60_000, async () => {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`);
    return query(url, 'SELECT 1').then(
      () => true,
      () => false,
    );
  });
  return url;
}

async function tellOf(url: string, isOwn: boolean): Promise<void> {
  const [found] = await query<{ version: string; autovacuum: string }>(
    url,
    `SELECT current_setting('server_version') AS version, current_setting('autovacuum') AS autovacuum`,
  );
  const whose = isOwn ? 'one of the bench’s own' : 'the one at 127.0.0.1:5432';
  say(`On PostgreSQL ${found?.version}, ${whose}, autovacuum ${found?.autovacuum}`);
}

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

function accountOfPostgres(): Account | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}
