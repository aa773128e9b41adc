import { Injectable } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { Clock, SystemClock } from '../../src/platform/clock.js';
import { appConfig } from '../../src/platform/config/app-config.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { Stories } from '../../src/platform/tracing/stories.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { defineJob } from '../../src/platform/jobs/job-definition.js';
import { Handles, type JobHandler } from '../../src/platform/jobs/job-handler.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { PgBossJobs } from '../../src/platform/jobs/pg-boss-jobs.js';
import { IntakePressure } from '../../src/platform/webhooks/intake-pressure.js';
import { ServicePause } from '../../src/platform/pause/service-pause.js';
import { configFor } from '../support/config-for.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

const chore = defineJob({
  name: 'chore',
  payload: z.object({ id: z.string() }),
  key: ({ id }) => id,
  retry: { maxAttempts: 1, firstDelayMs: 10, maxDelayMs: 10 },
});

@Handles(chore)
@Injectable()
class Chores implements JobHandler<object> {
  started = 0;
  done = 0;
  work: () => Promise<void> = () => Promise.resolve();

  async handle(): Promise<void> {
    this.started++;
    await this.work();
    this.done++;
  }
}

/** Waits for what does not end no longer than it must. */
class ImpatientJobs extends PgBossJobs {
  protected override readonly drainTimeoutMs = 1_000;
}

describe('a shutdown', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeEach(async () => {
    database = await createTestDatabase(inject('databaseTemplate'));
    dataSource = await openTestDataSource(database);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const replica = async (queue: typeof PgBossJobs = PgBossJobs): Promise<TestingModule> => {
    const module = await Test.createTestingModule({
      imports: [DiscoveryModule],
      providers: [
        { provide: DataSource, useValue: dataSource },
        Transactions,
        IntakePressure,
        ServicePause,
        Metrics,
        { provide: Clock, useClass: SystemClock },
        { provide: appConfig.KEY, useValue: configFor({}) },
        { provide: Stories, useValue: new Stories({ tracing: null }) },
        { provide: PgBossJobs, useClass: queue },
        { provide: JobQueue, useExisting: PgBossJobs },
        Chores,
      ],
    }).compile();
    return module.init();
  };
  const send = (module: TestingModule): Promise<void> =>
    module.get(Transactions).run((tx) => module.get(JobQueue).send(tx, chore, { id: 'a' }));

  it('finishes what is in hand (F5)', async () => {
    const module = await replica();
    const chores = module.get(Chores);
    let finish = (): void => undefined;
    chores.work = () => new Promise((done) => (finish = done));
    await send(module);
    await eventually(() => expect(chores.started).toBe(1));
    const closed = module.close();
    finish();
    await closed;
    expect(chores.done).toBe(1);
    const left = await dataSource.query<unknown[]>(
      `SELECT id FROM pgboss.job WHERE name = 'chore' AND state <> 'completed'`,
    );
    expect(left).toEqual([]);
  });

  it('hands back what does not end in time, and another process takes it up at once (F5)', async () => {
    const first = await replica(ImpatientJobs);
    const stuck = first.get(Chores);
    stuck.work = () => new Promise(() => undefined);
    await send(first);
    await eventually(() => expect(stuck.started).toBe(1));
    await first.close();
    const handedBack = await dataSource.query<unknown[]>(
      `SELECT state, start_after <= now() AS "isDue" FROM pgboss.job WHERE name = 'chore'`,
    );
    expect(handedBack).toEqual([{ state: 'retry', isDue: true }]);
    const second = await replica();
    await eventually(() => expect(second.get(Chores).done).toBe(1));
    await second.close();
  });
});
