import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { auditVerifierOn } from './audit/verify-audit.js';
import { readConfig, type AppConfig } from './platform/config/app-config.js';
import { tablesOf } from './platform/database/move/tables.js';
import { ServiceDataSource } from './platform/database/service-data-source.js';
import { differences, homeOf, type Home } from './platform/pause/home.js';
import { runCommand, sayWhere } from './run-command.js';

// Tries a backup: dumps the database that DATABASE_URL names with pg_dump, restores it with pg_restore into a new one
// beside it, verifies the copy, and removes it. The original may be at work meanwhile and is only read. Ends with 0 when
// the copy is whole and would start paused, 1 when it is not, 2 when that could not be found out.

const run = promisify(execFile);

/** Restoring what took an hour to dump may take as long. */
const PATIENCE_MS = 3_600_000;

/** A password on a command line can be read by other processes; these variables are pg_dump's own. */
function environmentOf(url: URL, database: string): NodeJS.ProcessEnv {
  const sslMode = url.searchParams.get('sslmode');
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PGHOST: url.hostname,
    PGPORT: url.port || '5432',
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: database,
    ...(sslMode === null ? {} : { PGSSLMODE: sslMode }),
  };
}

const serverOf = (url: URL) =>
  ({ kind: 'server', url: url.href, poolSize: 2, patienceMs: PATIENCE_MS }) as const;

async function tryBackup(config: AppConfig): Promise<0 | 1> {
  if (config.database.url === undefined) throw new Error('set DATABASE_URL');
  const url = new URL(config.database.url);
  const name = `bgc_verify_${randomBytes(6).toString('hex')}`;
  const copyUrl = new URL(url);
  copyUrl.pathname = `/${name}`;
  const folder = mkdtempSync(join(tmpdir(), 'bgc-verify-'));
  const file = join(folder, 'backup.dump');
  sayWhere(serverOf(url));
  const original = await ServiceDataSource.connect(serverOf(url));
  try {
    const database = decodeURIComponent(url.pathname.slice(1));
    await run('pg_dump', ['--format=custom', `--file=${file}`], { env: environmentOf(url, database) });
    await original.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    try {
      const options = ['--no-owner', '--no-privileges', '--exit-on-error', `--dbname=${name}`];
      await run('pg_restore', [...options, file], { env: environmentOf(url, name) });
      process.stdout.write(`Dumped ${statSync(file).size} bytes, and restored them into ${name}.\n`);
      return await judge(original, copyUrl, config);
    } finally {
      await original.query(`DROP DATABASE ${name}`);
    }
  } finally {
    await original.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judge(original: ServiceDataSource, copyUrl: URL, config: AppConfig): Promise<0 | 1> {
  const copy = await ServiceDataSource.connect(serverOf(copyUrl));
  try {
    const faults: string[] = [];
    const names = async (of: ServiceDataSource) => (await tablesOf(of)).map(({ name }) => name).toSorted();
    const [there, here] = [await names(original), await names(copy)];
    const missing = there.filter((name) => !here.includes(name));
    if (missing.length > 0) faults.push(`The copy lacks ${missing.join(', ')}.`);
    const { ok, entries } = await auditVerifierOn(copy, config).verify(null);
    if (ok) process.stdout.write(`The audit trail of the copy is whole: ${entries} entries were read.\n`);
    else faults.push('The audit trail of the copy is NOT whole: look at the original with audit:verify.');
    if (await startsPaused(copy)) process.stdout.write('A service that starts on the copy starts paused.\n');
    else faults.push('A service that starts on the copy would NOT notice that it is one.');
    process.stdout.write(faults.length === 0 ? `All ${here.length} tables are there.\n` : '');
    for (const fault of faults) process.stderr.write(`${fault}\n`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await copy.destroy();
  }
}

async function startsPaused(copy: ServiceDataSource): Promise<boolean> {
  const [seen] = await copy.query<{ home: Partial<Home> }[]>('SELECT home FROM service_home');
  return seen !== undefined && differences(seen.home, await homeOf(copy, true)).length > 0;
}

await runCommand('The backup was not tried', () => tryBackup(readConfig(process.env)));
