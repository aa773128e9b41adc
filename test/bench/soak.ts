import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { until } from '../chaos/until.ts';
import { median, percentile } from './load.ts';
import { perPiece, processorTime, type ProcessorTime } from './processor-time.ts';
import { sayProfile } from './profile.ts';
import { say } from './say.ts';
import { ADMIN_KEY, Stage, UNLIMITED, type Customer, type Running } from './stage.ts';
import { WholeLives, type Waits } from './whole-lives.ts';

// `npm run bench:soak`: whole lives of orders at a steady pace for as long as is asked for, with ignored and forged
// deliveries, admin searches and a scrape of the metrics beside them. Shows whether the service is at the end as it was at
// the beginning: what it holds in memory, what an order costs, and how long recruiters wait.

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    'orders-per-second': { type: 'string', default: '15' },
    customers: { type: 'string', default: '10' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});
const DURATION_MS = Number(options.minutes) * 60_000;
const PER_SECOND = Number(options['orders-per-second']);
/** The run is told of in so many parts. */
const PARTS = 10;
const LOOK_MS = 250;
const SAMPLE_MS = 2_000;
const CALLBACK_SECRET = 'bench-callback-secret';

/** What the service holds at a moment. */
interface Sample {
  residentMb: number;
  heapMb: number;
  lagMs: number;
  files: number;
}

interface Part {
  orders: number;
  /** The most that was resident. */
  residentMb: number;
  /** The least that the heap was, which is after a collection. */
  heapMb: number;
  lagMs: number;
  files: number;
  waits: Record<'toTag' | 'toNote', { p50: number; p95: number }>;
  processorMs: ProcessorTime;
}

const SEARCHES = [
  '/orders?limit=50',
  '/orders?status=pending',
  '/deliveries?limit=50',
  '/audit?limit=50',
  '/status',
];

buildIfNeeded();
const stage = await Stage.set();
try {
  const service = await stage.startService(
    { ...UNLIMITED, VICTIG_WEBHOOK_SECRET: CALLBACK_SECRET },
    options.profile,
  );
  await stage.sandbox.post('/victig/callbacks', {
    url: `http://127.0.0.1:${service.port}/webhooks/victig`,
    authorization: CALLBACK_SECRET,
  });
  const customers: Customer[] = [];
  for (let n = 0; n < Number(options.customers); n++) {
    customers.push(await stage.addCustomer(service.port, `customer-${n}`));
  }
  const lives = new WholeLives(stage, service.port, customers);
  const failures: string[] = [];
  const parts: Part[] = [];
  for (let part = 0; part < PARTS; part++) parts.push(await livePart(service, lives, failures));
  await until(120_000, async () => {
    await lives.goOn();
    return lives.underWay === 0;
  });
  await service.process.end('SIGTERM');
  const wrong = [...failures, ...(await compare(lives))];

  say(`\n${lives.begun} whole lives of orders in ${options.minutes} min, ${PER_SECOND} begun a second\n`);
  say(
    '| part | orders | resident, most | heap, least | loop p99 | files | to tag p50, p95 | to note p50, p95 | service | PostgreSQL |',
  );
  say(
    '| ---: | -----: | -------------: | ----------: | -------: | ----: | --------------: | ---------------: | ------: | ---------: |',
  );
  for (const [at, { orders, residentMb, heapMb, lagMs, files, waits, processorMs }] of parts.entries()) {
    const cells = [
      String(at + 1),
      String(orders),
      `${residentMb.toFixed(0)} MB`,
      `${heapMb.toFixed(1)} MB`,
      `${lagMs.toFixed(0)} ms`,
      files.toFixed(0),
      `${waits.toTag.p50}, ${waits.toTag.p95} ms`,
      `${waits.toNote.p50}, ${waits.toNote.p95} ms`,
      `${processorMs.service} ms`,
      `${processorMs.postgres} ms`,
    ];
    say(`| ${cells.join(' | ')} |`);
  }
  for (const line of wrong) say(`WRONG: ${line}`);
  if (options.json) {
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, JSON.stringify({ parts, wrong }, null, 2));
  }
  if (options.profile) sayProfile(options.profile, service.startMs);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await stage.strike();
}

async function livePart(service: Running, lives: WholeLives, failures: string[]): Promise<Part> {
  const used = (): ProcessorTime => processorTime(service.process.pid, stage.sandbox.pid);
  const usedBefore = used();
  const begunBefore = lives.begun;
  const endsAt = Date.now() + DURATION_MS / PARTS;
  const samples: Sample[] = [];
  const repeat = (everyMs: number, work: () => Promise<void>): Promise<void> =>
    repeatUntil(endsAt, everyMs, work, (error) => failures.push(String(error)));
  let searches = 0;
  await Promise.all([
    repeat(1_000 / PER_SECOND, () => lives.begin()),
    repeat(LOOK_MS, () => lives.goOn()),
    repeat(SAMPLE_MS, async () => void samples.push(await sample(service))),
    repeat(500, () => search(service, searches++)),
  ]);
  const orders = lives.begun - begunBefore;
  return {
    orders,
    residentMb: Math.max(...samples.map(({ residentMb }) => residentMb)),
    heapMb: Math.min(...samples.map(({ heapMb }) => heapMb)),
    lagMs: median(samples.map(({ lagMs }) => lagMs)),
    files: median(samples.map(({ files }) => files)),
    waits: told(lives.takeWaits()),
    processorMs: perPiece(usedBefore, used(), orders),
  };
}

/** At a steady pace: what takes longer than its turn does not keep the next one from beginning. */
async function repeatUntil(
  endsAt: number,
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  const begun = Date.now();
  const all: Promise<void>[] = [];
  for (let turn = 1; Date.now() < endsAt; turn++) {
    all.push(work().catch(onError));
    await new Promise((next) => setTimeout(next, Math.max(0, begun + turn * everyMs - Date.now())));
  }
  await Promise.all(all);
}

async function sample({ port, process: { pid } }: Running): Promise<Sample> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  return {
    residentMb: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024,
    heapMb: value('nodejs_heap_size_used_bytes') / 1_048_576,
    lagMs: value('nodejs_eventloop_lag_p99_seconds') * 1_000,
    files: value('process_open_fds'),
  };
}

async function search({ port }: Running, turn: number): Promise<void> {
  const path = SEARCHES[turn % SEARCHES.length] ?? '';
  const answer = await fetch(`http://127.0.0.1:${port}/admin/v1${path}`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
}

function told({ toTagMs, toNoteMs }: Waits): Part['waits'] {
  const of = (waits: number[]): { p50: number; p95: number } => {
    const ascending = waits.toSorted((a, b) => a - b);
    return { p50: percentile(ascending, 0.5), p95: percentile(ascending, 0.95) };
  };
  return { toTag: of(toTagMs), toNote: of(toNoteMs) };
}

/** What is in the database and at the vendors, compared with what was begun. */
async function compare({ begun, ended }: WholeLives): Promise<string[]> {
  const [counted] = await stage.database.read<Record<'orders' | 'complete' | 'dead', number>>(
    `SELECT (SELECT count(*)::int FROM orders) AS orders,
            (SELECT count(*)::int FROM orders WHERE status = 'complete') AS complete,
            (SELECT count(*)::int FROM pgboss.job WHERE name = 'dead-letters') AS dead`,
  );
  const { lever, victig } =
    await stage.sandbox.get<Record<'lever' | 'victig', { writes: Record<string, number> }>>('/state');
  const expected = {
    'lives that ended': [ended, begun],
    orders: [counted?.orders, begun],
    'orders complete': [counted?.complete, begun],
    'dead letters': [counted?.dead, 0],
    'orders at VICTIG': [victig.writes['ordersCreated'], begun],
    'notes in Lever': [lever.writes['notesCreated'], begun],
  };
  return Object.entries(expected)
    .filter(([, [found, wanted]]) => found !== wanted)
    .map(([what, [found, wanted]]) => `${what}: ${found}, and not ${wanted}`);
}
