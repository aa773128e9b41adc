import { loadavg } from 'node:os';
import { buildIfNeeded } from '../../../sandbox/try-it/build-if-needed.ts';
import { benchServer } from '../bench-server.ts';
import { openBenchDatabase, type BenchDatabase } from './bench-database.ts';
import { ADMIN_KEY, build, say, startService } from './build.ts';
import { casesFor } from './cases.ts';
import { measure, type Figure } from './measure.ts';
import { readOptions, UsageError, type Options } from './options.ts';

// `npm run bench:admin`: how long the admin API takes to search and list, over HTTP, with little and with much.
// `-- --keep` leaves the databases for another run.

const GOAL_P95_MS = 50;
const GOAL_FACTOR = 2;

interface Outcome {
  orders: number;
  auditEntries: number;
  databaseGb: number;
  /** Null: an earlier run had filled it. */
  fillSeconds: number | null;
  load: number;
  figures: Figure[];
}

async function run(orders: number, options: Options): Promise<Outcome> {
  const { auditEntriesPerOrder, keep } = options;
  const server = options.server ?? (await benchServer({ lasts: keep }));
  const database = await openBenchDatabase(server, `lv_bench_${orders}_${auditEntriesPerOrder}`);
  try {
    const began = Date.now();
    if (!database.isFilled) await build(database, orders, auditEntriesPerOrder);
    const fillSeconds = database.isFilled ? null : Math.round((Date.now() - began) / 1_000);
    const auditEntries = orders * auditEntriesPerOrder;
    return { ...(await measured(database, options)), orders, auditEntries, fillSeconds };
  } finally {
    await (keep ? database.leave() : database.drop());
  }
}

async function measured(
  database: BenchDatabase,
  options: Options,
): Promise<Pick<Outcome, 'databaseGb' | 'load' | 'figures'>> {
  const service = await startService(database);
  try {
    // As autovacuum keeps it: an earlier version may have filled the database, and migrations write tables anew.
    await database.client.query('VACUUM (ANALYZE)');
    say('Measuring …');
    const cases = (await casesFor(database.client)).filter(({ name }) => name.startsWith(options.only));
    const figures = await measure(service.url, ADMIN_KEY, cases, options);
    return { databaseGb: await database.sizeGb(), load: Math.round((loadavg()[0] ?? 0) * 10) / 10, figures };
  } finally {
    await service.process.end('SIGTERM');
  }
}

function table(outcomes: readonly Outcome[]): string {
  const head = outcomes.map(({ orders }) => `${String(orders).padStart(9)}: p50    p95 items`).join('  ');
  const names = outcomes[0]?.figures.map(({ name }) => name) ?? [];
  const lines = names.map((name, index) => {
    const cells = outcomes.map(({ figures }) => {
      const { p50Ms = Number.NaN, p95Ms = Number.NaN, items = null } = figures[index] ?? {};
      return `${p50Ms.toFixed(1).padStart(15)}${p95Ms.toFixed(1).padStart(8)}${String(items ?? '').padStart(6)}`;
    });
    const comparison = compare(outcomes, index);
    const factor =
      comparison && `x${comparison.factor.toFixed(1)}${comparison.isToFullPage ? ' of a full page' : ''}`;
    return `${name.padEnd(64)}${cells.join(' ')}   ${factor ?? ''}`;
  });
  return [`${'milliseconds'.padEnd(64)}${head}`, ...lines].join('\n');
}

/**
 * How much longer a search takes in the largest database than in the smallest. One that finds more there, up to a page,
 * is compared with what a page of the newest takes in the smallest: more that is found is more to answer, anywhere.
 */
function compare(
  outcomes: readonly Outcome[],
  index: number,
): { factor: number; isToFullPage: boolean } | undefined {
  const small = outcomes[0]?.figures;
  const [before, now] = [small?.[index], outcomes.at(-1)?.figures[index]];
  if (!before || !now || outcomes.length < 2) return undefined;
  const page = small?.find(({ name }) => name === `${now.name.split(':')[0]}: newest 50`);
  const isToFullPage =
    page !== undefined && (now.items ?? 0) > (before.items ?? 0) && page.p95Ms > before.p95Ms;
  return { factor: now.p95Ms / (isToFullPage ? page : before).p95Ms, isToFullPage };
}

function misses(outcomes: readonly Outcome[]): string[] {
  return (outcomes.at(-1)?.figures ?? []).flatMap(({ name, p95Ms }, index) => {
    if (p95Ms > GOAL_P95_MS) return [`${name}: p95 ${p95Ms} ms, over ${GOAL_P95_MS}`];
    const { factor } = compare(outcomes, index) ?? { factor: 1 };
    return factor > GOAL_FACTOR ? [`${name}: ${factor.toFixed(1)} times the time of the small one`] : [];
  });
}

// Ended from outside it takes its service along.
process.once('SIGTERM', () => process.exit(143));

try {
  const options = readOptions(process.argv.slice(2));
  buildIfNeeded();
  const outcomes: Outcome[] = [];
  for (const orders of options.sizes) {
    outcomes.push(await run(orders, options));
  }
  process.stdout.write(`${table(outcomes)}\n${JSON.stringify({ outcomes, misses: misses(outcomes) })}\n`);
  process.exitCode = misses(outcomes).length === 0 ? 0 : 1;
} catch (error) {
  say(error instanceof UsageError ? error.message : String((error as Error).stack));
  process.exitCode = 2;
}
