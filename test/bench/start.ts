import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { SERVICE_COMMAND } from '../../sandbox/try-it/service-command.ts';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { createRunDatabase } from '../chaos/database.ts';
import { startProcess } from '../chaos/running-process.ts';
import { until } from '../chaos/until.ts';
import { freePort } from '../support/free-port.ts';
import { benchServer } from './bench-server.ts';
import { median } from './load.ts';
import { say } from './say.ts';

// `npm run bench:start`: how long the service takes until it is ready, on PostgreSQL and on the embedded database, when it
// is new and when it was there before; what memory it then has; and how large what is installed for production is.

const { values: options } = parseArgs({
  options: { starts: { type: 'string', default: '5' }, json: { type: 'string' } },
});
const STARTS = Number(options.starts);
const LOOK_MS = 10;

interface Start {
  readyMs: number;
  residentMb: number;
}

buildIfNeeded();
await benchServer();
const results: Record<string, { first: Start; again: Start }> = {};
for (const place of ['PostgreSQL', 'embedded']) {
  const database = await createRunDatabase(place === 'embedded');
  const env = { ...database.env, ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}` };
  try {
    const first = await startOnce(env);
    const more: Start[] = [];
    for (let n = 0; n < STARTS; n++) more.push(await startOnce(env));
    const middle = (of: keyof Start): number => median(more.map((each) => each[of]));
    results[place] = { first, again: { readyMs: middle('readyMs'), residentMb: middle('residentMb') } };
  } finally {
    await database.drop();
  }
}
const installedMb = sizeOfProduction();

say(`\n| | ready, new | ready again (median of ${STARTS}) | resident memory then |`);
say('| --- | ---: | ---: | ---: |');
for (const [place, { first, again }] of Object.entries(results)) {
  say(`| ${place} | ${first.readyMs} ms | ${again.readyMs} ms | ${again.residentMb.toFixed(0)} MB |`);
}
say(
  `\nInstalled for production: ${installedMb.packages} MB of packages, ${installedMb.built} MB of the service itself`,
);
if (options.json) {
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, JSON.stringify({ results, installedMb }, null, 2));
}

/** From the start of the process until it says that it is ready. */
async function startOnce(env: Record<string, string>): Promise<Start> {
  const port = await freePort();
  const begun = Date.now();
  const service = startProcess([...SERVICE_COMMAND], { ...env, PORT: String(port), LOG_LEVEL: 'error' });
  await until(
    180_000,
    async () => {
      if (!service.isRunning()) throw new Error(service.lastWords());
      return service.answers(`http://127.0.0.1:${port}/health/ready`);
    },
    LOOK_MS,
  );
  const readyMs = Date.now() - begun;
  const status = readFileSync(`/proc/${service.pid}/status`, 'utf8');
  await service.end('SIGTERM');
  return { readyMs, residentMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024 };
}

/** As the Dockerfile installs: without what only building and testing need, in a folder of its own. */
function sizeOfProduction(): { packages: number; built: number } {
  const folder = mkdtempSync(join(tmpdir(), 'lever-victig-size-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) cpSync(file, join(folder, file));
    execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: 'ignore',
    });
    return { packages: megabytes(join(folder, 'node_modules')), built: megabytes('dist') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function megabytes(folder: string): number {
  return Number(execFileSync('du', ['-sm', folder], { encoding: 'utf8' }).split('\t')[0]);
}
