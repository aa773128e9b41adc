import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { until } from '../chaos/until.ts';
import { openBenchDatabase } from './admin/bench-database.ts';
import { build } from './admin/build.ts';
import { casesFor } from './admin/cases.ts';
import { measure } from './admin/measure.ts';
import { benchServer } from './bench-server.ts';
import { stageChange } from './deliveries.ts';
import { applyLoad, median, percentile } from './load.ts';
import { say } from './say.ts';
import { ADMIN_KEY, Stage, UNLIMITED, type Customer, type Running } from './stage.ts';
import { VendorJournal } from './vendor-journal.ts';

// `npm run bench:scale`: the same work with little, more and much in the database. Databases are filled as those of
// `bench:admin`, and kept with `-- --keep`; what is measured is done in a copy. Every size has the same sandbox vendors,
// without limits, and the same new customers beside those that it was filled with.

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000' },
    'audit-per-order': { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    orders: { type: 'string', default: '200' },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const SIZES = options.sizes.split(',').map(Number);
const ROUNDS = Number(options.rounds);
const ORDERS = Number(options.orders);
const AUDIT_PER_ORDER = Number(options['audit-per-order']);
/** So many orders of the filled ones have to be erased. */
const DUE = 300;
const UNHURRIED = {
  ...UNLIMITED,
  ADMIN_REQUESTS_PER_MINUTE: '0',
  ADDRESS_REQUESTS_PER_MINUTE: '0',
  RECONCILE_INTERVAL_SECONDS: '5',
};
const SEARCHES: ReadonlySet<string> = new Set([
  'orders: newest 50',
  'orders: of an installation',
  'orders: by file number',
  'orders: a text that one has',
  'order: timeline',
  'deliveries: of an order',
  'audit: of an order',
]);

/** What is measured, in the order in which it is shown. `better` says which way the figure goes. */
const MEASURED = {
  intake: { what: 'deliveries that queue a job, a second', better: 'high' },
  ignored: { what: 'deliveries that are ignored, a second', better: 'high' },
  single: { what: 'one delivery to its tag, p50 ms', better: 'low' },
  atOnce: { what: `${ORDERS} at once to their tags, a second`, better: 'high' },
  search: { what: 'searches of one thing, p50 ms, the mean of them', better: 'low' },
  timeline: { what: 'timeline of an order, p50 ms', better: 'low' },
  reconciler: { what: 'a round of the reconciler, median ms', better: 'low' },
  retention: { what: 'erasing an order, ms', better: 'low' },
} as const;
type Figure = keyof typeof MEASURED;
type Figures = Record<Figure, number>;

interface Outcome {
  orders: number;
  rows: Record<string, number>;
  databaseGb: number;
  figures: Figures;
  wrong: string[];
}

buildIfNeeded();
const outcomes: Outcome[] = [];
for (const size of SIZES) outcomes.push(await measureAt(size));

const [smallest] = outcomes;
const largest = outcomes.at(-1);
say(`\n| | ${outcomes.map(({ orders }) => `${orders.toLocaleString('en')} orders`).join(' | ')} | slower |`);
say(`| --- | ${outcomes.map(() => '---:').join(' | ')} | ---: |`);
for (const [figure, { what, better }] of Object.entries(MEASURED) as [Figure, (typeof MEASURED)[Figure]][]) {
  const [before, after] = [smallest?.figures[figure] ?? 0, largest?.figures[figure] ?? 0];
  const slower = better === 'low' ? after / before : before / after;
  const cells = outcomes.map(({ figures }) => figures[figure].toFixed(figures[figure] < 100 ? 1 : 0));
  say(`| ${what} | ${cells.join(' | ')} | ${slower.toFixed(2)} |`);
}
for (const { orders, rows, databaseGb, wrong } of outcomes) {
  const counts = Object.entries(rows).map(([table, count]) => `${count.toLocaleString('en')} ${table}`);
  say(`\n${orders.toLocaleString('en')}: ${counts.join(', ')}; ${databaseGb} GB`);
  for (const line of wrong) say(`WRONG: ${line}`);
}
if (options.json) {
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, JSON.stringify(outcomes, null, 2));
}
process.exitCode = outcomes.some(({ wrong }) => wrong.length > 0) ? 1 : 0;

async function measureAt(size: number): Promise<Outcome> {
  const server = await benchServer({ lasts: options.keep });
  const filled = await openBenchDatabase(server, `lv_bench_${size}_${AUDIT_PER_ORDER}`);
  if (!filled.isFilled) {
    await build(filled, size, AUDIT_PER_ORDER);
  }
  const { name } = filled;
  await filled.leave();
  const stage = await Stage.set(filled);
  try {
    return await measureOn(stage, size);
  } finally {
    await stage.strike();
    if (!options.keep) await (await openBenchDatabase(server, name)).drop();
  }
}

async function measureOn(stage: Stage, size: number): Promise<Outcome> {
  const wrong: string[] = [];
  const database = new Client({ connectionString: stage.database.env['DATABASE_URL'] });
  await database.connect();
  try {
    let service = await stage.startService(UNHURRIED);
    await database.query('VACUUM (ANALYZE)');
    const databaseSize = await database.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database()) AS bytes',
    );
    const customers: Customer[] = [];
    for (let n = 0; n < 10; n++) customers.push(await stage.addCustomer(service.port, `scale-${n}`));
    const rows = await counts(database);
    const pipeline = await measurePipeline(stage, service, customers, wrong);
    const cases = (await casesFor(database)).filter((each) => SEARCHES.has(each.name));
    const found = await measure(`http://127.0.0.1:${service.port}`, ADMIN_KEY, cases, {
      calls: 50,
      rounds: ROUNDS,
    });
    const searches = found.filter((each) => each.name !== 'order: timeline');
    const reconciler = await roundMs(database);
    await service.process.end('SIGTERM');
    const retention = await measureRetention(stage, database, wrong);
    service = await stage.startService({ ...UNHURRIED, RECONCILE_INTERVAL_SECONDS: '86400' });
    const intake = await measureIntake(service, customers[0] as Customer);
    await service.process.end('SIGTERM');
    return {
      orders: size,
      rows,
      databaseGb: Math.round(Number(databaseSize.rows[0]?.bytes) / 1e7) / 100,
      figures: {
        ...intake,
        ...pipeline,
        search: searches.reduce((sum, each) => sum + each.p50Ms, 0) / searches.length,
        timeline: found.find((each) => each.name === 'order: timeline')?.p50Ms ?? Number.NaN,
        reconciler,
        retention,
      },
      wrong,
    };
  } finally {
    await database.end();
  }
}

async function counts(database: Client): Promise<Record<string, number>> {
  const entries: [string, number][] = [];
  for (const table of ['deliveries', 'order_events', 'vendor_calls', 'audit_entries']) {
    const { rows } = await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    entries.push([table, rows[0]?.count ?? 0]);
  }
  return Object.fromEntries(entries);
}

async function measurePipeline(
  stage: Stage,
  { port }: Running,
  customers: readonly Customer[],
  wrong: string[],
): Promise<Pick<Figures, 'single' | 'atOnce'>> {
  const journal = new VendorJournal(stage.sandbox);
  let made = 0;
  const candidate = async (): Promise<{ customer: Customer; opportunityId: string }> => {
    const customer = customers[made % customers.length] as Customer;
    return { customer, opportunityId: await stage.addCandidate(customer, made++) };
  };
  const deliver = async ({
    customer,
    opportunityId,
  }: Awaited<ReturnType<typeof candidate>>): Promise<number> => {
    const sentAt = Date.now();
    const answer = await fetch(`http://127.0.0.1:${port}/webhooks/lever/${customer.id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stageChange({ signatureToken: customer.signatureToken, opportunityId }),
    });
    if (!answer.ok) wrong.push(`a delivery was answered ${answer.status}`);
    return sentAt;
  };
  const singles: number[] = [];
  for (let n = 0; n < 20 * ROUNDS; n++) {
    const one = await candidate();
    const sentAt = await deliver(one);
    await until(30_000, () => journal.haveTags([one.opportunityId]), 100);
    singles.push(journal.taggedAt(one.opportunityId) - sentAt);
  }
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const all = await Promise.all(Array.from({ length: ORDERS }, candidate));
    const begun = Date.now();
    await Promise.all(all.map(deliver));
    const ids = all.map(({ opportunityId }) => opportunityId);
    await until(300_000, () => journal.haveTags(ids), 200);
    const lastAt = Math.max(...ids.map((id) => journal.taggedAt(id)));
    rates.push(ORDERS / ((lastAt - begun) / 1_000));
  }
  const ascending = singles.toSorted((a, b) => a - b);
  return { single: percentile(ascending, 0.5), atOnce: median(rates) };
}

async function measureIntake(
  { port }: Running,
  { id, signatureToken }: Customer,
): Promise<Pick<Figures, 'intake' | 'ignored'>> {
  const rates: Record<'intake' | 'ignored', number[]> = { intake: [], ignored: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of ['intake', 'ignored'] as const) {
      const spell = await applyLoad({
        port,
        path: `/webhooks/lever/${id}`,
        connections: 64,
        durationMs: 4_000,
        nextBody: () => stageChange({ signatureToken, ...(kind === 'ignored' ? { stageId: 'offer' } : {}) }),
      });
      rates[kind].push((spell.answers.get(200) ?? 0) / (spell.elapsedMs / 1_000));
    }
  }
  return { intake: median(rates.intake), ignored: median(rates.ignored) };
}

/**
 * Of rounds that begin while there is nothing else to do, as the queue noted them: until the last account's part has ended.
 */
async function roundMs(database: Client): Promise<number> {
  const { rows: now } = await database.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  const look = async (): Promise<number[]> => {
    const { rows } = await database.query<{ ms: string }>(
      `SELECT extract(epoch FROM max(part.completed_on) - round.started_on) * 1000 AS ms
       FROM pgboss.job AS round JOIN pgboss.job AS part
         ON part.name = 'reconcile-account' AND part.created_on BETWEEN round.started_on AND round.completed_on
       WHERE round.name = 'reconcile-orders' AND round.state = 'completed' AND round.started_on > $1
       GROUP BY round.id, round.started_on HAVING bool_and(part.state = 'completed')`,
      [now[0]?.at],
    );
    return rows.map(({ ms }) => Number(ms));
  };
  await until(90_000, async () => (await look()).length >= ROUNDS);
  return median(await look());
}

/** A round of retention with some orders of every customer due, from the start of the service until all are erased. */
async function measureRetention(stage: Stage, database: Client, wrong: string[]): Promise<number> {
  await database.query(
    `UPDATE orders SET ended_at = now() - interval '200 days', completed_at = now() - interval '200 days'
     WHERE id IN (SELECT id FROM orders WHERE status = 'complete' AND product_name LIKE 'Criminal%'
                  ORDER BY md5(id::text) LIMIT ${DUE})`,
  );
  await database.query(`DELETE FROM pgboss.job WHERE name = 'enforce-retention'`);
  const service = await stage.startService({ ...UNHURRIED, RECONCILE_INTERVAL_SECONDS: '86400' });
  const look = async (): Promise<number | undefined> => {
    const { rows } = await database.query<{ ms: string }>(
      `SELECT extract(epoch FROM completed_on - started_on) * 1000 AS ms FROM pgboss.job
       WHERE name = 'enforce-retention' AND state = 'completed'`,
    );
    return rows[0] === undefined ? undefined : Number(rows[0].ms);
  };
  await until(300_000, async () => (await look()) !== undefined);
  const { rows } = await database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM orders WHERE erased_at IS NOT NULL',
  );
  if (rows[0]?.count !== DUE) wrong.push(`${DUE} orders were to be erased, ${rows[0]?.count} were`);
  await service.process.end('SIGTERM');
  return ((await look()) ?? Number.NaN) / DUE;
}
