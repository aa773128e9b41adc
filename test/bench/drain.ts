import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { until } from '../chaos/until.ts';
import { stageChange } from './deliveries.ts';
import { percentile } from './load.ts';
import { say } from './say.ts';
import { Stage, type Customer, type Running } from './stage.ts';

// `npm run bench:drain`: the backlog of one customer within Lever's limits, on one replica and on two, while another
// customer's candidates come one by one. What Lever saw is read from its journal.

const { values: options } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000' },
    json: { type: 'string' },
  },
});
const ORDERS = Number(options.orders);

/** Lever's limit for an account, in calls a second and at once. */
const PER_SECOND = 10;
const BURST = 20;

/** Only Lever's limit is to be met: VICTIG's is one for all customers of a token. */
const VICTIG_UNLIMITED = {
  VICTIG_REQUESTS_PER_SECOND: '100000',
  VICTIG_BURST: '100000',
  VICTIG_REQUESTS_PER_DAY: '999999999',
};
const QUIET_EVERY_MS = 3_000;
const VENDOR_MS = 20;

interface Call {
  at: number;
  path: string;
  operation: string;
  credential: string | null;
  status: number | null;
}

interface Drained {
  replicas: number;
  seconds: number;
  callsPerOrder: number;
  /** Of what the limit allows; calls that are allowed at once are left out. */
  share: number;
  refusedShare: number;
  quiet: { orders: number; p50Ms: number; p95Ms: number };
}

async function deliver(to: Running, customer: Customer, opportunityId: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${to.port}/webhooks/lever/${customer.id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: stageChange({ signatureToken: customer.signatureToken, opportunityId }),
  });
  if (!answer.ok) throw new Error(`a delivery was answered ${answer.status}`);
}

async function drain(stage: Stage, services: readonly Running[]): Promise<Drained> {
  const [first] = services;
  if (!first) throw new Error('no replica');
  const name = `of-${services.length}`;
  const busy = await stage.addCustomer(first.port, `busy-${name}`);
  const quiet = await stage.addCustomer(first.port, `quiet-${name}`);
  const candidates: string[] = [];
  for (let n = 0; n < ORDERS; n++) candidates.push(await stage.addCandidate(busy, n));

  const calls = (): Promise<Call[]> => stage.sandbox.get<Call[]>('/calls?vendor=lever');
  const taggedAt = async (): Promise<Map<string, number>> =>
    new Map(
      (await calls())
        .filter(({ operation, status }) => operation.endsWith('/addTags') && status === 200)
        .map(({ path, at }) => [path.split('/').at(-2) ?? '', at]),
    );

  const begun = Date.now();
  for (let n = 0; n < candidates.length; n += 32) {
    await Promise.all(
      candidates
        .slice(n, n + 32)
        .map((opportunityId, index) =>
          deliver(services[index % services.length] ?? first, busy, opportunityId),
        ),
    );
  }
  // The other customer's candidates come while the backlog drains.
  const quietSent = new Map<string, number>();
  const drained = new AbortController();
  const others = (async () => {
    for (let n = 0; !drained.signal.aborted; n++) {
      const opportunityId = await stage.addCandidate(quiet, n);
      quietSent.set(opportunityId, Date.now());
      await deliver(services[n % services.length] ?? first, quiet, opportunityId);
      await wait(QUIET_EVERY_MS);
    }
  })();
  let tags = new Map<string, number>();
  await until(
    3_600_000,
    async () => {
      tags = await taggedAt();
      return candidates.every((opportunityId) => tags.has(opportunityId));
    },
    1_000,
  );
  drained.abort();
  await others;
  await until(60_000, async () => {
    tags = await taggedAt();
    return [...quietSent.keys()].every((opportunityId) => tags.has(opportunityId));
  });

  const lastAt = Math.max(...candidates.map((opportunityId) => tags.get(opportunityId) ?? 0));
  const seconds = (lastAt - begun) / 1_000;
  const own = (await calls()).filter(({ credential, at }) => credential === busy.apiKey && at <= lastAt);
  const latenciesMs = [...quietSent]
    .map(([opportunityId, sentAt]) => (tags.get(opportunityId) ?? 0) - sentAt)
    .toSorted((a, b) => a - b);
  return {
    replicas: services.length,
    seconds,
    callsPerOrder: own.length / ORDERS,
    share: (own.length - BURST) / PER_SECOND / seconds,
    refusedShare: own.filter(({ status }) => status === 429).length / own.length,
    quiet: {
      orders: latenciesMs.length,
      p50Ms: percentile(latenciesMs, 0.5),
      p95Ms: percentile(latenciesMs, 0.95),
    },
  };
}

buildIfNeeded();
const stage = await Stage.set();
try {
  await stage.sandbox.patch('/lever/behaviour', { rateLimit: true });
  for (const vendor of ['lever', 'victig']) {
    await stage.sandbox.post('/faults', { vendor, kind: 'slow', delayMs: VENDOR_MS, times: null });
  }
  const results: Drained[] = [];
  const services = [await stage.startService(VICTIG_UNLIMITED)];
  results.push(await drain(stage, services));
  services.push(await stage.startService(VICTIG_UNLIMITED));
  results.push(await drain(stage, services));

  const [counted] = await stage.database.read<{ orders: number; pending: number }>(
    `SELECT count(*)::int AS orders, count(*) FILTER (WHERE status = 'pending')::int AS pending FROM orders`,
  );
  const asked = results.reduce((sum, { quiet }) => sum + ORDERS + quiet.orders, 0);
  const wrong =
    counted?.orders === asked && counted.pending === asked
      ? []
      : [`${asked} orders were asked for; ${counted?.orders} are there, ${counted?.pending} pending`];

  say(`\n${ORDERS} orders of one customer, within ${PER_SECOND} calls a second and ${BURST} at once\n`);
  say('| replicas | seconds | calls an order | of what is allowed | 429s   | other customer, to the tag |');
  say('| -------: | ------: | -------------: | -----------------: | -----: | -------------------------- |');
  for (const { replicas, seconds, callsPerOrder, share, refusedShare, quiet } of results) {
    const cells = [
      String(replicas).padStart(8),
      seconds.toFixed(0).padStart(7),
      callsPerOrder.toFixed(1).padStart(14),
      `${(share * 100).toFixed(1)} %`.padStart(18),
      `${(refusedShare * 100).toFixed(2)} %`.padStart(6),
      `p50 ${quiet.p50Ms} ms, p95 ${quiet.p95Ms} ms (${quiet.orders})`.padEnd(26),
    ];
    say(`| ${cells.join(' | ')} |`);
  }
  for (const line of wrong) say(`WRONG: ${line}`);
  if (options.json) {
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, JSON.stringify({ results, wrong }, null, 2));
  }
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await stage.strike();
}
