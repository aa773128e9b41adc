import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { until } from '../chaos/until.ts';
import { stageChange } from './deliveries.ts';
import { percentile } from './load.ts';
import { perPiece, processorTime } from './processor-time.ts';
import { sayProfile } from './profile.ts';
import { say } from './say.ts';
import { Stage, UNLIMITED, type Customer, type Running } from './stage.ts';
import { VendorJournal } from './vendor-journal.ts';

// `npm run bench:pipeline`: from a delivery to the tag, with vendors that answer in 20 ms and no limits. What matters is
// read from the vendors' own journal: when the tag came in, and how long they had been asked before it.

const { values: options } = parseArgs({
  options: {
    orders: { type: 'string', default: '1500' },
    singles: { type: 'string', default: '60' },
    customers: { type: 'string', default: '10' },
    'quiet-seconds': { type: 'string', default: '0' },
    oauth: { type: 'boolean', default: false },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});
const ORDERS = Number(options.orders);
const SINGLES = Number(options.singles);
/** Before each of the singles nothing is asked for as long, as where candidates are few. */
const QUIET_MS = Number(options['quiet-seconds']) * 1_000;
const VENDOR_MS = 20;
/** Looking takes of the processor what is measured. */
const LOOK_MS = 200;

interface Delivery {
  customer: Customer;
  opportunityId: string;
  sentAt: number;
}

async function deliver({ port }: Running, customer: Customer, opportunityId: string): Promise<Delivery> {
  const sentAt = Date.now();
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks/lever/${customer.id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: stageChange({ signatureToken: customer.signatureToken, opportunityId }),
  });
  if (!answer.ok) throw new Error(`a delivery was answered ${answer.status}`);
  return { customer, opportunityId, sentAt };
}

buildIfNeeded();
const stage = await Stage.set();
try {
  for (const vendor of ['lever', 'victig']) {
    await stage.sandbox.post('/faults', { vendor, kind: 'slow', delayMs: VENDOR_MS, times: null });
  }
  const service = await stage.startService(UNLIMITED, options.profile);
  const customers: Customer[] = [];
  for (let n = 0; n < Number(options.customers); n++) {
    customers.push(
      await stage.addCustomer(service.port, `customer-${n}`, options.oauth ? 'oauth' : 'api key'),
    );
  }
  const candidates: { customer: Customer; opportunityId: string }[] = [];
  for (let n = 0; n < SINGLES + ORDERS; n++) {
    const customer = customers[n % customers.length] as Customer;
    candidates.push({ customer, opportunityId: await stage.addCandidate(customer, n) });
  }
  const journal = new VendorJournal(stage.sandbox);

  // One at a time, with nothing else to do.
  const toTagMs: number[] = [];
  const ownMs: number[] = [];
  for (const { customer, opportunityId } of candidates.slice(0, SINGLES)) {
    await pause(QUIET_MS);
    const { sentAt } = await deliver(service, customer, opportunityId);
    await until(30_000, () => journal.haveTags([opportunityId]), LOOK_MS);
    const taggedAt = journal.taggedAt(opportunityId);
    const total = taggedAt - sentAt;
    toTagMs.push(total);
    ownMs.push(total - journal.underWayMs(sentAt, taggedAt));
  }

  // What autovacuum does within a minute: until then the server takes any index of a table for as good as another.
  await stage.database.read('ANALYZE');

  // As many at a time as come.
  const used = (): ReturnType<typeof processorTime> => processorTime(service.process.pid, stage.sandbox.pid);
  const usedBefore = used();
  const begun = Date.now();
  const sent: Delivery[] = [];
  const rest = candidates.slice(SINGLES);
  for (let n = 0; n < rest.length; n += 32) {
    sent.push(
      ...(await Promise.all(
        rest.slice(n, n + 32).map(({ customer, opportunityId }) => deliver(service, customer, opportunityId)),
      )),
    );
  }
  await until(600_000, () => journal.haveTags(sent.map(({ opportunityId }) => opportunityId)), LOOK_MS);
  const lastAt = Math.max(...sent.map(({ opportunityId }) => journal.taggedAt(opportunityId)));
  const processorMs = perPiece(usedBefore, used(), ORDERS);
  const perSecond = ORDERS / ((lastAt - begun) / 1_000);

  const [counted] = await stage.database.read<{ orders: number; pending: number }>(
    `SELECT count(*)::int AS orders, count(*) FILTER (WHERE status = 'pending')::int AS pending FROM orders`,
  );
  const wrong =
    counted?.orders === SINGLES + ORDERS && counted.pending === counted.orders
      ? []
      : [
          `${SINGLES + ORDERS} orders were asked for; ${counted?.orders} are there, ${counted?.pending} pending`,
        ];

  const sorted = (values: number[]): number[] => values.toSorted((a, b) => a - b);
  const results = {
    singleToTagMs: { p50: percentile(sorted(toTagMs), 0.5), p95: percentile(sorted(toTagMs), 0.95) },
    singleOwnMs: { p50: percentile(sorted(ownMs), 0.5), p95: percentile(sorted(ownMs), 0.95) },
    ordersPerSecond: Number(perSecond.toFixed(1)),
    processorMs,
  };
  const apart = QUIET_MS > 0 ? `, each after ${QUIET_MS / 1_000} s of silence` : '';
  say(`\nOne at a time (${SINGLES}${apart}), vendors answering in ${VENDOR_MS} ms:`);
  say(`  delivery to tag: p50 ${results.singleToTagMs.p50} ms, p95 ${results.singleToTagMs.p95} ms`);
  say(`  of it our own:   p50 ${results.singleOwnMs.p50} ms, p95 ${results.singleOwnMs.p95} ms`);
  say(
    `${ORDERS} at once, ${customers.length} customers, one replica: ${results.ordersPerSecond} orders/s to the tag`,
  );
  const { service: own, postgres, vendors, bench } = processorMs;
  say(
    `  processor time for each: service ${own}, PostgreSQL ${postgres}, vendors ${vendors}, bench ${bench} ms`,
  );
  for (const line of wrong) say(`WRONG: ${line}`);
  if (options.json) {
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, JSON.stringify({ ...results, wrong }, null, 2));
  }
  if (options.profile) {
    await service.process.end('SIGTERM');
    sayProfile(options.profile, service.startMs);
  }
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await stage.strike();
}
