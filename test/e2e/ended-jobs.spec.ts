import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshOrder, reportProgress } from '../../src/orders/jobs.js';
import { Transactions, type Transaction } from '../../src/platform/database/transactions.js';
import { DueJobs } from '../../src/platform/jobs/due-jobs.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { QueueDepths } from '../../src/platform/jobs/queue-depths.js';
import { CountingQueries } from '../support/counting-queries.js';
import { rowsReadFor } from '../support/rows-read.js';
import { startTestService, type TestService } from '../support/service.js';

/** Of the jobs that a busy service keeps for a week, after they have ended. */
const ENDED = 30_000;

describe('questions about jobs, where many have ended', () => {
  let service: TestService;
  let sent: CountingQueries;
  const installationId = randomUUID();
  const orderId = randomUUID();

  beforeAll(async () => {
    service = await startTestService();
    await service.database.query(
      `INSERT INTO pgboss.job (name, policy, state, data, singleton_key, group_id, created_on, started_on, completed_on)
       SELECT name, 'singleton', 'completed', '{}', CASE WHEN n % 100 = 0 THEN $2 ELSE n::text END, $3,
              at, at, at
       FROM generate_series(1, ${ENDED}) AS n,
         LATERAL (SELECT now() - (n + 10) * interval '10 seconds' AS at, ($1::text[])[1 + n % 2] AS name) AS job`,
      [[refreshOrder.name, reportProgress.name], orderId, installationId],
    );
    await service.database.query('ANALYZE pgboss.job');
    sent = new CountingQueries(service.database);
  });
  afterAll(() => service.stop());

  const inTransaction = (work: (tx: Transaction, jobs: JobQueue) => Promise<void>): Promise<void> =>
    service.part(Transactions).run((tx) => work(tx, service.part(JobQueue)));
  const payload = { installationId, orderId };
  const report = { ...payload, opportunityId: 'o-1' };

  it.each<[string, () => PromiseLike<unknown>]>([
    ['how all queues stand', () => service.admin.get('/admin/v1/queues').expect(200)],
    ['how those of an installation stand', () => service.part(QueueDepths).read(installationId)],
    ['what was given up', () => service.admin.get('/admin/v1/dead-letters').expect(200)],
    [
      'when an order is tried next',
      () => service.part(DueJobs).of([{ name: refreshOrder.name, key: orderId }]),
    ],
    [
      'whether the same waits',
      () => inTransaction((tx, jobs) => jobs.sendMissing(tx, refreshOrder, [payload])),
    ],
    ['hurrying one', () => inTransaction((tx, jobs) => jobs.hurry(tx, reportProgress, report))],
    [
      'hurrying all of a customer',
      () => inTransaction((tx, jobs) => jobs.hurryAllOf(tx, reportProgress, installationId)),
    ],
  ])('reads none of them: %s', async (_what, ask) => {
    sent.takeThose(/./);
    await ask();
    const asked = sent.takeThose(/(FROM|JOIN|UPDATE) pgboss\.job\b/);
    expect(asked).not.toHaveLength(0);
    for (const query of asked)
      expect(await rowsReadFor(service.database, query), query.text).toBeLessThan(500);
  });
});
