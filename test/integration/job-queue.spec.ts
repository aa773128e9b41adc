import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { Stories } from '../../src/platform/tracing/stories.js';
import { Transactions, withCommitGuard, type Transaction } from '../../src/platform/database/transactions.js';
import { defineJob } from '../../src/platform/jobs/job-definition.js';
import { Handles, type JobHandler, type JobRun } from '../../src/platform/jobs/job-handler.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { UpstreamError } from '../../src/platform/errors/upstream-error.js';
import { Clock, SystemClock } from '../../src/platform/clock.js';
import { appConfig } from '../../src/platform/config/app-config.js';
import { DEAD_LETTERS } from '../../src/platform/jobs/dead-letter-queue.js';
import { PgBossJobs } from '../../src/platform/jobs/pg-boss-jobs.js';
import { IntakePressure } from '../../src/platform/webhooks/intake-pressure.js';
import { ServicePause } from '../../src/platform/pause/service-pause.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

const greet = defineJob({
  name: 'greet',
  payload: z.object({ name: z.string() }),
  key: ({ name }) => name,
  retry: { maxAttempts: 3, firstDelayMs: 10, maxDelayMs: 20 },
});

/** One of ours: what a library says may quote what it was given, and is not kept (A4). */
const notToday = (asked: { retryAfterMs?: number } = {}): UpstreamError =>
  new UpstreamError('unavailable', {
    vendor: 'Lever',
    operation: 'GET /stages',
    fate: 'unknown',
    ...asked,
  });

@Handles(greet)
@Injectable()
class Greeter implements JobHandler<{ name: string }> {
  readonly greeted: string[] = [];
  readonly attempts: number[] = [];
  failures = 0;
  running = 0;
  mostAtOnce = 0;
  work: () => Promise<void> = () => Promise.resolve();

  async handle({ name }: { name: string }, { attempt }: JobRun): Promise<void> {
    this.running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    this.attempts.push(attempt);
    await this.work();
    this.running--;
    if (this.failures-- > 0) throw notToday();
    this.greeted.push(name);
  }
}

describe('the job queue', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let greeter: Greeter;
  let jobs: JobQueue;
  let transactions: Transactions;
  let dataSource: DataSource;

  const startModule = async (): Promise<void> => {
    module = await Test.createTestingModule({
      imports: [DiscoveryModule],
      providers: [
        { provide: DataSource, useValue: dataSource },
        Transactions,
        IntakePressure,
        ServicePause,
        Metrics,
        { provide: Clock, useClass: SystemClock },
        { provide: Stories, useValue: new Stories({ tracing: null }) },
        { provide: appConfig.KEY, useValue: { orders: { errorAfterSeconds: 900 } } },
        PgBossJobs,
        { provide: JobQueue, useExisting: PgBossJobs },
        Greeter,
      ],
    }).compile();
    await module.init();
    greeter = module.get(Greeter);
    jobs = module.get(JobQueue);
    transactions = module.get(Transactions);
  };

  beforeEach(async () => {
    database = await createTestDatabase(inject('databaseTemplate'));
    dataSource = await openTestDataSource(database);
    await startModule();
  });

  afterEach(async () => {
    await module.close();
    await dataSource.destroy();
    await database.drop();
  });

  it('runs a job once its transaction has committed', async () => {
    await transactions.run((tx) => jobs.send(tx, greet, { name: 'Ana' }));
    await eventually(() => expect(greeter.greeted).toEqual(['Ana']));
  });

  it('runs nothing whose transaction was rolled back', async () => {
    const failing = transactions.run(async (tx) => {
      await jobs.send(tx, greet, { name: 'nobody' });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await transactions.run((tx) => jobs.send(tx, greet, { name: 'Ben' }));
    await eventually(() => expect(greeter.greeted).toEqual(['Ben']));
  });

  it('sends a job with each row that is inserted, and none with one that is there already', async () => {
    await dataSource.query('CREATE TABLE guests (id uuid PRIMARY KEY)');
    const [old, one, another] = [randomUUID(), randomUUID(), randomUUID()];
    await dataSource.query('INSERT INTO guests VALUES ($1)', [old]);
    await transactions.run(async (tx) => {
      await tx.write({
        text: 'INSERT INTO guests SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING',
        values: [[old, one, another]],
        inserted: 'arrived',
      });
      await jobs.sendWithRows(tx, greet, 'arrived', [
        { rowId: old, payload: { name: 'old' } },
        { rowId: one, payload: { name: 'one' } },
        { rowId: another, payload: { name: 'another' } },
      ]);
    });
    await transactions.run((tx) => jobs.send(tx, greet, { name: 'last' }));
    await eventually(() => expect(greeter.greeted.toSorted()).toEqual(['another', 'last', 'one']));
  });

  it('tries a failed job again and counts its tries', async () => {
    greeter.failures = 2;
    await transactions.run((tx) => jobs.send(tx, greet, { name: 'Eve' }));
    await eventually(() => expect(greeter.greeted).toEqual(['Eve']));
    expect(greeter.attempts).toEqual([1, 2, 3]);
  });

  it('puts a job whose tries are used up among the dead letters, with the reason', async () => {
    greeter.failures = 3;
    await transactions.run((tx) => jobs.send(tx, greet, { name: 'Zed' }));
    const dead = await eventually(async () => {
      const rows = await dataSource.query<{ data: unknown; source_output: unknown }[]>(
        `SELECT data, source_output FROM pgboss.job WHERE name = $1`,
        [DEAD_LETTERS],
      );
      expect(rows).toHaveLength(1);
      return rows[0];
    });
    expect(dead?.data).toEqual({ attempt: 3, payload: { name: 'Zed' } });
    expect(JSON.stringify(dead?.source_output)).toContain(notToday().message);
    expect(greeter.greeted).toEqual([]);
  });

  it('sends what is missing once, however often it is asked for while it waits', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((open) => (release = open));
    greeter.work = () => gate;
    await transactions.run((tx) => jobs.send(tx, greet, { name: 'Ana' }));
    await eventually(() => expect(greeter.running).toBe(1));
    // The one that runs may have looked already.
    for (let n = 0; n < 3; n++) {
      await transactions.run((tx) => jobs.sendMissing(tx, greet, [{ name: 'Ana' }, { name: 'Ben' }]));
      await eventually(() => expect(greeter.running).toBe(2));
    }
    const waiting = await dataSource.query<unknown[]>(
      `SELECT id FROM pgboss.job WHERE name = 'greet' AND state < 'active'`,
    );
    // Ana's second, and Ben's second, for his first runs.
    expect(waiting).toHaveLength(2);
    release();
    await eventually(() => expect(greeter.greeted.toSorted()).toEqual(['Ana', 'Ana', 'Ben', 'Ben']));
  });

  it('is nobody of those who sent it: a request that wakes the queue does not reach into its jobs (P3)', async () => {
    const guarded: string[] = [];
    const guard = async (): Promise<void> => {
      guarded.push('guarded');
    };
    const inside = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    greeter.work = async () => {
      seen.push(inside.getStore() ?? null);
      await transactions.run(async (tx) => {
        await tx.manager.query('SELECT 1');
      });
    };
    await inside.run('a request', () =>
      withCommitGuard(guard, () => transactions.run((tx) => jobs.send(tx, greet, { name: 'Ana' }))),
    );
    await eventually(() => expect(greeter.greeted).toEqual(['Ana']));
    expect(seen).toEqual([null]);
    expect(guarded).toEqual(['guarded']);
  });

  it('wakes nobody for what is in no hurry, but for whoever asks for it once more; it is done all the same', async () => {
    /** What is done for a transaction once it has committed. */
    const effectsOf = async (work: (tx: Transaction) => Promise<void>): Promise<number> => {
      let effects = 0;
      await transactions.run((tx) => work({ ...tx, afterCommit: () => (effects += 1) }));
      return effects;
    };
    expect(await effectsOf((tx) => jobs.send(tx, greet, { name: 'Ana' }, { inNoHurry: true }))).toBe(0);
    await eventually(() => expect(greeter.greeted).toEqual(['Ana']));
    const gate = Promise.withResolvers<void>();
    greeter.work = () => gate.promise;
    expect(await effectsOf((tx) => jobs.send(tx, greet, { name: 'Ben' }))).toBe(1);
    await eventually(() => expect(greeter.running).toBe(1));
    // It waits for the one of its key that runs.
    await effectsOf((tx) => jobs.send(tx, greet, { name: 'Ben' }, { inNoHurry: true }));
    expect(await effectsOf((tx) => jobs.sendMissing(tx, greet, [{ name: 'Ben' }]))).toBe(1);
    gate.resolve();
    await eventually(() => expect(greeter.greeted).toEqual(['Ana', 'Ben', 'Ben']));
  });

  it('begins anew what somebody has news of, so that one who is asked to come back later is not given up for it (F2)', async () => {
    const retryAfterMs = 3_600_000;
    greeter.work = () => Promise.reject(notToday({ retryAfterMs }));
    const hurry = (): Promise<void> => transactions.run((tx) => jobs.hurry(tx, greet, { name: 'Ana' }));
    const waiting = (): Promise<unknown[]> =>
      dataSource.query(
        `SELECT data -> 'attempt' AS attempt FROM pgboss.job
         WHERE name = 'greet' AND state < 'active' AND start_after > now() + interval '50 minutes'`,
      );
    for (const attempts of [[1], [1, 1], [1, 1, 1], [1, 1, 1, 1]]) {
      await hurry();
      await eventually(async () => expect(await waiting()).toEqual([{ attempt: 2 }]));
      expect(greeter.attempts).toEqual(attempts);
    }
    // What is only moved up to a time of its own goes on as it was.
    const startAfter = new Date(Date.now() + 55 * 60_000);
    await transactions.run((tx) => jobs.hurry(tx, greet, { name: 'Ana' }, { startAfter }));
    expect(await waiting()).toEqual([{ attempt: 2 }]);
  });

  it('takes up a queue that an earlier release made: it gives jobs a day, and they are sent with what else is written (F1)', async () => {
    const day = 24 * 3_600;
    const queues = (): Promise<unknown[]> =>
      dataSource.query(`SELECT expire_seconds, notify FROM pgboss.queue WHERE name = 'greet'`);
    expect(await queues()).toEqual([{ expire_seconds: day, notify: false }]);
    await module.close();
    await dataSource.query(
      `UPDATE pgboss.queue SET expire_seconds = 900, notify = true WHERE name = 'greet'`,
    );
    await startModule();
    expect(await queues()).toEqual([{ expire_seconds: day, notify: false }]);
    await transactions.run((tx) => jobs.send(tx, greet, { name: 'Ana' }));
    const sent = await dataSource.query<unknown[]>(
      `SELECT expire_seconds FROM pgboss.job WHERE name = 'greet'`,
    );
    expect(sent).toEqual([{ expire_seconds: day }]);
  });

  it('does not start a job a second time while it runs, however long it takes (F1)', async () => {
    const gate = Promise.withResolvers<void>();
    greeter.work = () => gate.promise;
    await transactions.run((tx) => jobs.send(tx, greet, { name: 'Ana' }));
    await eventually(() => expect(greeter.running).toBe(1));
    await dataSource.query(
      `UPDATE pgboss.job SET started_on = started_on - interval '16 minutes' WHERE name = 'greet'`,
    );
    const looks = new Set<string>();
    await eventually(async () => {
      const [row] = await dataSource.query<{ look: string; state: string; retry_count: number }[]>(
        `SELECT monitor_claim_on::text AS look, state::text, retry_count
         FROM pgboss.job JOIN pgboss.queue USING (name) WHERE name = 'greet'`,
      );
      expect(row).toMatchObject({ state: 'active', retry_count: 0 });
      looks.add(row?.look ?? '');
      // One from before, one that saw it, and the next: that one has ended.
      expect(looks.size).toBe(3);
    });
    expect(greeter.mostAtOnce).toBe(1);
    gate.resolve();
    await eventually(() => expect(greeter.greeted).toEqual(['Ana']));
    expect(greeter.attempts).toEqual([1]);
  });

  it('asks the queue once an hour at the most for what is sent once in a month, and sends it once', async () => {
    const looks = vi.spyOn(PgBoss.prototype, 'findJobs');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const month = 720 * 3_600;
    const hour = 3_600_000;
    try {
      jobs.sendEvery(greet, { name: 'Ana' }, month);
      await eventually(() => expect(greeter.greeted).toEqual(['Ana']));
      vi.advanceTimersByTime(1_000);
      expect(looks).toHaveBeenCalledTimes(1);
      // The second hour comes while the look of the first is under way.
      vi.advanceTimersByTime(2 * hour);
      expect(looks).toHaveBeenCalledTimes(2);
      await eventually(() => {
        vi.advanceTimersByTime(hour);
        expect(looks.mock.calls.length).toBeGreaterThan(2);
      });
    } finally {
      vi.useRealTimers();
      looks.mockRestore();
    }
    const sent = await dataSource.query<{ deletion_seconds: number }[]>(
      `SELECT deletion_seconds FROM pgboss.job WHERE name = 'greet'`,
    );
    // What was done is what keeps it from being sent again.
    expect(sent).toEqual([{ deletion_seconds: month }]);
    expect(greeter.greeted).toEqual(['Ana']);
  });

  it('runs jobs with the same key one after the other, and others beside them', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((open) => (release = open));
    greeter.work = () => gate;
    await transactions.run(async (tx) => {
      await jobs.send(tx, greet, { name: 'Ana' });
      await jobs.send(tx, greet, { name: 'Ana' });
      await jobs.send(tx, greet, { name: 'Ben' });
    });
    await eventually(() => expect(greeter.running).toBe(2));
    release();
    await eventually(() => expect(greeter.greeted.toSorted()).toEqual(['Ana', 'Ana', 'Ben']));
    expect(greeter.mostAtOnce).toBe(2);
  });
});
