import { Injectable } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { Transactions } from '../../src/platform/database/transactions.js';
import { UpstreamError } from '../../src/platform/errors/upstream-error.js';
import { defineJob } from '../../src/platform/jobs/job-definition.js';
import { Handles, type JobHandler, type JobRun } from '../../src/platform/jobs/job-handler.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { Stories } from '../../src/platform/tracing/stories.js';
import { Clock, SystemClock } from '../../src/platform/clock.js';
import { appConfig } from '../../src/platform/config/app-config.js';
import { PgBossJobs } from '../../src/platform/jobs/pg-boss-jobs.js';
import { IntakePressure } from '../../src/platform/webhooks/intake-pressure.js';
import { ServicePause } from '../../src/platform/pause/service-pause.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

interface Errand {
  installationId: string;
  number: number;
}

const errandPayload = z.object({ installationId: z.string(), number: z.number() });
const errand = defineJob({
  name: 'errand',
  payload: errandPayload,
  key: ({ installationId, number }) => `${installationId}/${number}`,
  retry: { maxAttempts: 2, firstDelayMs: 10, maxDelayMs: 20 },
});
const look = defineJob({
  name: 'look',
  payload: errandPayload,
  key: ({ installationId, number }) => `${installationId}/${number}`,
  retry: { maxAttempts: 2, firstDelayMs: 10, maxDelayMs: 20, letGo: true },
});
/** As `look`, but one that waits may be idle: it does less than one that is not. */
const glance = defineJob({
  name: 'glance',
  payload: errandPayload.extend({ idle: z.boolean().optional() }),
  key: ({ installationId, number }) => `${installationId}/${number}`,
  retry: { maxAttempts: 20, firstDelayMs: 10, maxDelayMs: 20, letGo: true },
  doesAsMuch: (waiting, { idle }) => waiting.idle !== true || idle === true,
});

/** Each holds much in memory. */
const load = defineJob({
  name: 'load',
  payload: errandPayload,
  key: ({ installationId, number }) => `${installationId}/${number}`,
  retry: { maxAttempts: 2, firstDelayMs: 10, maxDelayMs: 20 },
  atOnce: 4,
});

const breakerOpen = (retryAfterMs: number): UpstreamError =>
  new UpstreamError('unavailable', {
    vendor: 'Lever',
    operation: 'GET /stages',
    fate: 'not_sent',
    code: 'breaker_open',
    retryAfterMs,
  });

@Handles(errand)
@Injectable()
class Errands implements JobHandler<Errand> {
  readonly done: string[] = [];
  readonly attempts: number[] = [];
  work: (installationId: string) => Promise<unknown> = () => Promise.resolve();

  async handle({ installationId }: Errand, { attempt }: JobRun): Promise<void> {
    this.attempts.push(attempt);
    await this.work(installationId);
    this.done.push(installationId);
  }
}

@Handles(load)
@Injectable()
class Loads implements JobHandler<Errand> {
  readonly gate = Promise.withResolvers<void>();
  readonly running: string[] = [];
  done = 0;
  most = 0;
  mostOfOne = 0;

  async handle({ installationId }: Errand): Promise<void> {
    this.running.push(installationId);
    this.most = Math.max(this.most, this.running.length);
    const ofOne = this.running.filter((customer) => customer === installationId);
    this.mostOfOne = Math.max(this.mostOfOne, ofOne.length);
    await this.gate.promise;
    this.running.splice(this.running.indexOf(installationId), 1);
    this.done += 1;
  }
}

@Handles(look)
@Injectable()
class Looks implements JobHandler<Errand> {
  tried = 0;

  handle(): Promise<void> {
    this.tried++;
    return Promise.reject(breakerOpen(60_000));
  }
}

@Handles(glance)
@Injectable()
class Glances implements JobHandler<Errand & { idle?: boolean | undefined }> {
  readonly done: string[] = [];
  isDown = true;

  async handle({ idle = false }: { idle?: boolean | undefined }): Promise<void> {
    if (this.isDown && !idle) throw breakerOpen(20);
    // Whoever only looks in passing gives way.
    this.done.push(idle ? 'idle' : 'wanted');
  }
}

const template = inject('databaseTemplate');

/** So many jobs of each of so many customers, all of one before those of the next. */
const backlogOf = (customers: number, each: number): Errand[] =>
  Array.from({ length: customers * each }, (_, n) => ({
    installationId: `busy-${Math.floor(n / each)}`,
    number: n % each,
  }));

describe('the job queue, between customers and while a vendor is down', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let errands: Errands;
  let jobs: JobQueue;
  let transactions: Transactions;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createTestDatabase(template);
    dataSource = await openTestDataSource(database);
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
        Errands,
        Looks,
        Glances,
        Loads,
      ],
    }).compile();
    await module.init();
    errands = module.get(Errands);
    jobs = module.get(JobQueue);
    transactions = module.get(Transactions);
  });
  afterEach(async () => {
    await module.close();
    await dataSource.destroy();
    await database.drop();
  });

  it('does one job at a time while many deliveries wait for their answer, and many again after them (T2)', async () => {
    let running = 0;
    const runningAtOnce: number[] = [];
    let go = (): void => undefined;
    errands.work = async () => {
      running += 1;
      runningAtOnce.push(running);
      await new Promise<void>((done) => (go = done));
      running -= 1;
    };
    const pressure = module.get(IntakePressure);
    let answer = (): void => undefined;
    const answered = new Promise<void>((done) => (answer = done));
    const waiting = Promise.all(Array.from({ length: 17 }, () => pressure.during(answered)));
    await transactions.run(async (tx) => {
      for (let number = 0; number < 8; number++) {
        await jobs.send(tx, errand, { installationId: `customer-${number}`, number });
      }
    });
    for (const done of [1, 2, 3]) {
      await eventually(() => expect(running).toBe(1));
      go();
      await eventually(() => expect(errands.done).toHaveLength(done));
    }
    await eventually(() => expect(running).toBe(1));
    expect(Math.max(...runningAtOnce)).toBe(1);
    answer();
    await waiting;
    errands.work = () => {
      running += 1;
      runningAtOnce.push(running);
      return eventually(() => expect(Math.max(...runningAtOnce)).toBeGreaterThan(1));
    };
    go();
    await eventually(() => expect(errands.done).toHaveLength(8));
  });

  it("does another customer's job long before a backlog of 200 is done (F3)", async () => {
    // Each takes as long as a call to a vendor.
    errands.work = () => new Promise((done) => setTimeout(done, 100));
    await transactions.run(async (tx) => {
      for (let number = 0; number < 200; number++) {
        await jobs.send(tx, errand, { installationId: 'busy', number });
      }
    });
    await eventually(() => expect(errands.done.length).toBeGreaterThan(0));
    const started = performance.now();
    await transactions.run((tx) => jobs.send(tx, errand, { installationId: 'quiet', number: 1 }));
    await eventually(() => expect(errands.done).toContain('quiet'));
    const latencyMs = performance.now() - started;
    if (process.env['SHOW_TIMES']) process.stdout.write(`quiet: ${Math.round(latencyMs)} ms\n`);
    // Counted in work of the other one, and not in time: most of the backlog is still there.
    expect(errands.done.indexOf('quiet')).toBeLessThan(100);
  });

  it("does another customer's job soon, however quickly those of a backlog of 600 end (F3)", async () => {
    await transactions.run(async (tx) => {
      const backlog = Array.from({ length: 600 }, (_, number) => ({ installationId: 'busy', number }));
      await jobs.sendAll(tx, errand, backlog);
    });
    await transactions.run((tx) => jobs.send(tx, errand, { installationId: 'quiet', number: 1 }));
    await eventually(() => expect(errands.done).toContain('quiet'));
    expect(errands.done.indexOf('quiet')).toBeLessThan(100);
  });

  it("does another customer's job soon while the backlogs of others fill all places (F3)", async () => {
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    errands.work = (installationId) => {
      begun.push(installationId);
      return new Promise<void>((end) => ends.push(end));
    };
    const { busy, places } = template.kind === 'server' ? { busy: 8, places: 48 } : { busy: 3, places: 6 };
    await transactions.run((tx) => jobs.sendAll(tx, errand, backlogOf(busy, 60)));
    await eventually(() => expect(ends).toHaveLength(places));
    await transactions.run((tx) => jobs.send(tx, errand, { installationId: 'quiet', number: 1 }));
    // One by one, so that the place of each is taken at once.
    for (let ended = 0; ended < 2 * places && !begun.includes('quiet'); ended++) {
      ends.shift()?.();
      await eventually(() => expect(ends).toHaveLength(places));
    }
    expect(begun).toContain('quiet');
    errands.work = () => Promise.resolve();
    for (const end of ends) end();
  });

  it("does another customer's job soon also when one runs at a time (F3, T2)", async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const waiting = Promise.all(
      Array.from({ length: 17 }, () => module.get(IntakePressure).during(answered)),
    );
    const backlog = backlogOf(1, 40).concat({ installationId: 'quiet', number: 1 });
    await transactions.run((tx) => jobs.sendAll(tx, errand, backlog));
    await eventually(() => expect(errands.done).toContain('quiet'));
    expect(errands.done.indexOf('quiet')).toBeLessThan(20);
    answer();
    await waiting;
  });

  it('does all of the backlog', async () => {
    await transactions.run(async (tx) => {
      for (let number = 0; number < 60; number++) {
        await jobs.send(tx, errand, { installationId: 'busy', number });
      }
    });
    const started = performance.now();
    await eventually(() => expect(errands.done).toHaveLength(60));
    if (process.env['SHOW_TIMES']) {
      process.stdout.write(`60 jobs of one: ${Math.round(performance.now() - started)} ms\n`);
    }
  });

  it('does few at once of a kind that says so, and half as many of one customer (R5, F3)', async () => {
    const loads = module.get(Loads);
    await transactions.run((tx) => jobs.sendAll(tx, load, backlogOf(3, 4)));
    await eventually(() => expect(loads.running.length).toBeGreaterThanOrEqual(4));
    loads.gate.resolve();
    await eventually(() => expect(loads.done).toBe(12));
    expect(loads).toMatchObject({ most: 4, mostOfOne: 2 });
  });

  it('does not use up the tries of a job whose calls we did not make (F2, F4)', async () => {
    let refusals = 6;
    errands.work = () => (refusals-- > 0 ? Promise.reject(breakerOpen(1)) : Promise.resolve());
    await transactions.run((tx) => jobs.send(tx, errand, { installationId: 'i', number: 1 }));
    await eventually(() => expect(errands.done).toEqual(['i']));
    expect(errands.attempts).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('keeps one waiting job of a key where jobs may be let go (F4)', async () => {
    await transactions.run(async (tx) => {
      for (let n = 0; n < 5; n++) await jobs.send(tx, look, { installationId: 'i', number: 1 });
    });
    const looks = module.get(Looks);
    await eventually(async () => {
      expect(looks.tried).toBe(5);
      const rows = await dataSource.query<unknown[]>(
        `SELECT id FROM pgboss.job WHERE name = 'look' AND state IN ('created', 'retry', 'active')`,
      );
      expect(rows).toHaveLength(1);
    });
  });

  it('does not let a job go for one that waits and would do less (V3, F2)', async () => {
    const glances = module.get(Glances);
    const wanted = { installationId: 'i', number: 1 };
    await transactions.run(async (tx) => {
      await jobs.send(tx, glance, wanted);
      // Still waiting whenever the other fails.
      await jobs.send(
        tx,
        glance,
        { ...wanted, idle: true },
        { startAfter: new Date(Date.now() + 3_600_000) },
      );
    });
    const failures = async (): Promise<number> => {
      const rows = await dataSource.query<unknown[]>(
        `SELECT id FROM pgboss.job WHERE name = 'glance' AND state = 'completed'`,
      );
      return rows.length;
    };
    await eventually(async () => expect(await failures()).toBeGreaterThanOrEqual(2));
    glances.isDown = false;
    await eventually(() => expect(glances.done).toEqual(['wanted']));
  });

  it('lets a job go for one that waits and does as much (F4)', async () => {
    await transactions.run(async (tx) => {
      await jobs.send(tx, glance, { installationId: 'i', number: 1 });
      await jobs.send(tx, glance, { installationId: 'i', number: 1 });
    });
    await eventually(async () => {
      const rows = await dataSource.query<{ state: string }[]>(
        `SELECT state FROM pgboss.job WHERE name = 'glance'`,
      );
      expect(rows.filter(({ state }) => state === 'completed').length).toBeGreaterThanOrEqual(2);
      expect(rows.filter(({ state }) => state === 'created' || state === 'active')).toHaveLength(1);
    });
  });
});
