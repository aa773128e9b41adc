import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { isDeepStrictEqual } from 'node:util';
import { PgBoss, type ConstructorOptions, type Db, type JobInsert } from 'pg-boss';
import type { PoolClient } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { Clock } from '../clock.js';
import { appConfig, type AppConfig } from '../config/app-config.js';
import type { Write } from '../database/combined-write.js';
import { KEEP_ALIVE, PATIENCE_MS, patienceOf, ServiceDataSource } from '../database/service-data-source.js';
import { Transactions, type Transaction } from '../database/transactions.js';
import { VendorCallRecords } from '../http/vendor-call-records.js';
import { TimeOrderedIds } from '../ids.js';
import { IntakePressure } from '../webhooks/intake-pressure.js';
import { ServicePause } from '../pause/service-pause.js';
import { Metrics } from '../metrics/metrics.js';
import { REPLICA } from '../replica.js';
import { Stories } from '../tracing/stories.js';
import { VERSION } from '../version.js';
import { DEAD_LETTERS } from './dead-letter-queue.js';
import { declaredJobs, type DeclaredJob, type JobDefinition } from './job-definition.js';
import { HandledJob, type JobHandler } from './job-handler.js';
import { JobMeter } from './job-meter.js';
import { envelopeOf } from './job-origin.js';
import { JobPump } from './job-pump.js';
import { JobQueue, type SendOptions } from './job-queue.js';
import { QueueStatistics } from './queue-statistics.js';
import { JobTries } from './job-tries.js';
import { unauthorizedDelayMs } from './retry-delay.js';

/** Names of connections by which replicas are counted begin so; the replica's name and its version follow. */
export const JOB_CONNECTIONS = 'lever-victig-jobs-';

/** A dead process gives its jobs back after the heartbeat, at the next look; together well under 30 s (F1). */
const HEARTBEAT_SECONDS = 10;
const LOOK_SECONDS = 5;
/**
 * The longest that pg-boss allows. What runs longer is started again beside itself, whether its process lives or not;
 * the heartbeat tells of the dead much sooner.
 */
const LONGEST_RUN_SECONDS = 24 * 3_600;

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const WEEK_SECONDS = 7 * DAY_SECONDS;
const YEAR_SECONDS = 365 * 24 * 3_600;

/** How a kind of job is queued, besides pg-boss's policy, which cannot be changed later. */
const QUEUE = {
  // Only crashes use pg-boss's own retries; failures are retried by `JobTries`, which knows their reason.
  retryLimit: 1_000,
  retryDelay: 0,
  retentionSeconds: YEAR_SECONDS,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: LONGEST_RUN_SECONDS,
  deadLetter: DEAD_LETTERS,
  // Nobody asks for what has ended, but for whoever looks into the database for what went wrong.
  deleteAfterSeconds: DAY_SECONDS,
  // Told of jobs, pg-boss inserts them by a statement that cannot be part of another one.
  notify: false,
};

/** Keeping the queue in order, and a new version of its tables, may take longer than the service's own statements. */
const PATIENCE_FACTOR = 4;
/** Jobs that are sent here are taken at once; this is for delayed ones, and those whose replica has its hands full. */
const LOOK_AGAIN_MS = 1_000;
/** So many connections stay once they are open, for who comes after a silence. It is for `pg`'s pool; pg-boss hands it on. */
const KEPT_OPEN = { min: 3 };
/** On PostgreSQL. Jobs mostly wait for vendors; a customer has a share of them only, so that none waits for another. */
const ON_SERVER = { atOnce: 48, perCustomer: 6 };
/** Its one connection is busy with fewer. */
const ON_EMBEDDED = { atOnce: 6, perCustomer: 2 };
/** A timer of more than 24 days is none: Node makes a millisecond of it. A job is sent once in its interval all the same. */
const LONGEST_TIMER_MS = 3_600_000;
/** What is in hand at a shutdown may take so long; then it is handed back, and taken up at once elsewhere (F5). */
const DRAIN_TIMEOUT_MS = 20_000;

/** Whose job it is, where it is somebody's. */
const owned = z.object({ installationId: z.string() });

/** The queue: pg-boss in the same database as everything else. */
@Injectable()
export class PgBossJobs
  extends JobQueue
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  protected readonly drainTimeoutMs: number = DRAIN_TIMEOUT_MS;
  private readonly logger = new Logger(PgBossJobs.name);
  private readonly boss: PgBoss;
  private readonly tries: JobTries;
  private readonly ownPool: boolean;
  private readonly pumps = new Map<string, JobPump>();
  private readonly timers: NodeJS.Timeout[] = [];
  private handlers: { job: DeclaredJob; handler: JobHandler<object> }[] = [];

  constructor(
    dataSource: DataSource,
    transactions: Transactions,
    private readonly discovery: DiscoveryService,
    private readonly pressure: IntakePressure,
    private readonly pause: ServicePause,
    stories: Stories,
    private readonly clock: Clock,
    metrics: Metrics,
    @Inject(appConfig.KEY) { orders }: Pick<AppConfig, 'orders'>,
  ) {
    super();
    const place = dataSource instanceof ServiceDataSource ? dataSource.place : null;
    this.ownPool = place?.kind === 'server';
    const connection: ConstructorOptions =
      place?.kind === 'server'
        ? {
            ...patienceOf({ patienceMs: PATIENCE_FACTOR * (place.patienceMs ?? PATIENCE_MS) }),
            connectionString: place.url,
            max: 4,
            ...KEPT_OPEN,
            // That a job was taken or ended may be forgotten by a server that dies: it is then done again, and all may be.
            // Its statements say in their text what they look for: there is nothing to plan for each question.
            options: `${KEEP_ALIVE.options} -c synchronous_commit=off -c plan_cache_mode=force_generic_plan`,
            application_name: `${JOB_CONNECTIONS}${REPLICA}-${VERSION}`,
          }
        : { db: sqlOn(dataSource.manager), backend: 'pglite' };
    this.boss = new PgBoss({
      ...connection,
      superviseIntervalSeconds: LOOK_SECONDS,
      monitorIntervalSeconds: LOOK_SECONDS,
      maintenanceIntervalSeconds: HOUR_SECONDS,
      schedule: false,
      // Spans are ours alone: its own would tell what an error says.
      openTelemetry: { enabled: false },
    });
    this.boss.on('error', (error) => this.logger.error({ err: error }, 'the job queue met an error'));
    this.boss.on('warning', (warning) =>
      this.logger.warn({ reason: warning.message }, 'the job queue warns'),
    );
    this.tries = new JobTries({
      findWaiting: (queue, key) => this.boss.findJobs<unknown>(queue, { key, queued: true }),
      sendNext: (job, data, waitMs) =>
        transactions.run((tx) => this.put(tx, job.name, job.keyOf(data.payload), data, { waitMs })),
      calls: new VendorCallRecords(dataSource, new TimeOrderedIds()),
      meter: new JobMeter(metrics),
      stories,
      clock,
      refusedMs: unauthorizedDelayMs(orders.errorAfterSeconds),
      logger: this.logger,
    });
  }

  async onModuleInit(): Promise<void> {
    this.handlers = this.findHandlers();
    await this.boss.start();
    await this.boss.createQueue(DEAD_LETTERS, {
      retryLimit: 0,
      deleteAfterSeconds: 0,
      retentionSeconds: YEAR_SECONDS,
    });
    for (const { job } of this.handlers) {
      await this.boss.createQueue(job.name, { policy: 'singleton', ...QUEUE });
      // One that is there already is as an earlier release made it. Not looked at before: what this process knows of it
      // may be from before another one changed it.
      await this.boss.updateQueue(job.name, QUEUE);
    }
  }

  onApplicationBootstrap(): void {
    const statistics = new QueueStatistics(
      (statement) => this.lookAnew(statement),
      () => performance.now(),
    );
    for (const { job, handler } of this.handlers) {
      const pump = new JobPump(
        this.boss,
        {
          queue: job.name,
          ...placesOf(job, this.ownPool ? ON_SERVER : ON_EMBEDDED),
          mustYield: () => this.pressure.isHigh,
          lookEveryMs: LOOK_AGAIN_MS,
          mayTake: () => !this.pause.isPaused,
          onBacklog: () => statistics.manyWait(),
          beatEveryMs: (HEARTBEAT_SECONDS * 1_000) / 3,
        },
        ({ id, data }) => this.tries.run(job, handler, id, data),
        (error) => this.logger.error({ err: error, job: job.name }, 'the job queue cannot be reached'),
      );
      this.pumps.set(job.name, pump);
      pump.start();
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all([...this.pumps.values()].map((pump) => pump.stop(this.drainTimeoutMs)));
    await this.boss.stop({ graceful: true, close: this.ownPool });
  }

  override async send<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    payload: P,
    options: SendOptions = {},
  ): Promise<void> {
    const checked = job.payload.parse(payload);
    const { startAfter, inNoHurry } = options;
    const when = { waitMs: this.msUntil(startAfter), inNoHurry };
    await this.put(tx, job.name, job.key(checked), envelopeOf(1, checked), when);
  }

  override async sendAll<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    payloads: readonly P[],
  ): Promise<void> {
    if (payloads.length === 0) return;
    const jobs = payloads.map((payload) => firstTry(job, payload));
    await tx.write(await this.inserting(job.name, jobs));
    tx.afterCommit(() => this.wake(job.name));
  }

  override async sendWithRows<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    inserted: string,
    jobs: readonly { rowId: string; payload: P }[],
  ): Promise<void> {
    const each = jobs.map(({ rowId, payload }) => ({ id: rowId, ...firstTry(job, payload) }));
    const write = await this.inserting(job.name, each);
    await tx.write({ ...write, text: write.text.replace('$1', () => jobsOf(inserted)) });
    tx.afterCommit(() => this.wake(job.name));
  }

  override async sendMissing<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    payloads: readonly P[],
  ): Promise<void> {
    if (payloads.length === 0) return;
    const keyOf = (payload: P): string => job.key(job.payload.parse(payload));
    const waiting = await tx.manager.query<{ key: string; payload: unknown }[]>(
      `SELECT singleton_key AS key, data -> 'payload' AS payload FROM pgboss.job
       WHERE name = $1 AND state < 'active' AND singleton_key = ANY ($2::text[])`,
      [job.name, payloads.map(keyOf)],
    );
    const byKey = Map.groupBy(waiting, ({ key }) => key);
    const missing = payloads.filter((payload) => {
      const sameKey = byKey.get(keyOf(payload)) ?? [];
      return !sameKey.some((one) => isDeepStrictEqual(one.payload, payload));
    });
    if (missing.length > 0) await this.sendAll(tx, job, missing);
    // Those that wait may be in no hurry.
    else tx.afterCommit(() => this.wake(job.name));
  }

  override async hurry<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    payload: P,
    options: Pick<SendOptions, 'startAfter'> = {},
  ): Promise<void> {
    const checked = job.payload.parse(payload);
    const [moved] = await tx.manager.query<{ count: number }[]>(
      `WITH moved AS (
         UPDATE pgboss.job SET start_after = LEAST(start_after, now() + $4 * interval '1 millisecond'),
           data = CASE WHEN $5 THEN jsonb_set(data, '{attempt}', '1') ELSE data END
         WHERE name = $1 AND singleton_key = $2 AND state < 'active' AND data -> 'payload' = $3::jsonb RETURNING id)
       SELECT count(*)::int AS count FROM moved`,
      // One of the same key that would do less, as a refresh that only polls, is not the same.
      [
        job.name,
        job.key(checked),
        JSON.stringify(checked),
        this.msUntil(options.startAfter) ?? 0,
        options.startAfter === undefined,
      ],
    );
    if ((moved?.count ?? 0) === 0) await this.send(tx, job, payload, options);
    else if (!options.startAfter) tx.afterCommit(() => this.wake(job.name));
  }

  override async hurryAllOf<P extends { installationId: string }>(
    tx: Transaction,
    job: JobDefinition<P>,
    installationId: string,
  ): Promise<void> {
    await tx.manager.query(
      `UPDATE pgboss.job SET start_after = now()
       WHERE name = $1 AND group_id = $2 AND state IN ('created', 'retry') AND start_after > now()`,
      [job.name, installationId],
    );
    tx.afterCommit(() => this.wake(job.name));
  }

  /** Of the queue's tables, asked by the queue's own connection. @throws when the queue cannot be reached */
  async schemaVersion(): Promise<number> {
    const { rows } = await this.boss.getDb().executeSql('SELECT version FROM pgboss.version');
    const [row] = rows as { version: number }[];
    if (row === undefined) throw new Error('the queue has no version');
    return row.version;
  }

  /** Sends a job by its name, as at its first try. Answers false if no such job is declared, or not so. */
  async sendAgain(tx: Transaction, name: string, payload: unknown): Promise<boolean> {
    const job = declaredJobs().find((declared) => declared.name === name);
    const checked = job?.payload.safeParse(payload);
    if (!job || !checked?.success) return false;
    await this.put(tx, name, job.keyOf(checked.data), envelopeOf(1, checked.data), {});
    return true;
  }

  /** Whether `sendAgain` would send it. */
  canRead(name: string, payload: unknown): boolean {
    const job = declaredJobs().find((declared) => declared.name === name);
    return job?.payload.safeParse(payload).success === true;
  }

  override sendEvery<P extends object>(job: JobDefinition<P>, payload: P, intervalSeconds: number): void {
    const key = job.key(payload);
    const data = { attempt: 1, payload: job.payload.parse(payload) };
    const options = {
      singletonKey: key,
      singletonSeconds: intervalSeconds,
      // While the last one is kept none is sent in the same interval.
      deleteAfterSeconds: Math.max(WEEK_SECONDS, intervalSeconds),
    };
    let isSending = false;
    const send = async (): Promise<void> => {
      if (isSending) return;
      isSending = true;
      try {
        const waiting = await this.boss.findJobs(job.name, { key, queued: true, limit: 1 });
        if (waiting.length > 0) return;
        await this.boss.send(job.name, data, options);
        this.wake(job.name);
      } catch (error) {
        this.logger.error({ err: error, job: job.name }, 'a job cannot be queued');
      } finally {
        isSending = false;
      }
    };
    void send();
    const everyMs = Math.min(intervalSeconds * 1_000, LONGEST_TIMER_MS);
    this.timers.push(setInterval(() => void send(), everyMs).unref());
  }

  private async put(
    tx: Transaction,
    queue: string,
    singletonKey: string,
    data: ReturnType<typeof envelopeOf>,
    { waitMs, inNoHurry = false }: { waitMs?: number | undefined; inNoHurry?: boolean | undefined },
  ): Promise<void> {
    const job = {
      data,
      singletonKey,
      ...(waitMs === undefined ? {} : { startAfter: Math.ceil(waitMs) / 1_000 }),
      ...groupOf(data.payload),
    };
    await tx.write(await this.inserting(queue, [job]));
    if (waitMs === undefined && !inNoHurry) tx.afterCommit(() => this.wake(queue));
  }

  /**
   * Handed to the queue as a time to wait, for it counts by the database's clock: a job that is due by that one and not by
   * the clock of who sends it would be taken, found too early and sent again, as fast as can be (ADR 36).
   */
  private msUntil(time: Date | undefined): number | undefined {
    return time && Math.max(0, time.getTime() - this.clock.now().getTime());
  }

  /** What pg-boss would say to the database, to be said with what else is written. */
  private async inserting(queue: string, jobs: JobInsert[]): Promise<Write> {
    const said: Write[] = [];
    const db: Db = {
      async executeSql(text, values = []) {
        said.push({ text, values });
        return { rows: [] };
      },
    };
    await this.boss.insert(queue, jobs, { db });
    const [write] = said;
    if (!write || said.length > 1) throw new Error('pg-boss inserts jobs by more than a statement');
    return write;
  }

  private async lookAnew(statement: string): Promise<void> {
    // The embedded database is not asked so much.
    if (!this.ownPool) return;
    try {
      await this.boss.getDb().executeSql(statement);
    } catch (error) {
      this.logger.warn({ err: error }, 'the table of jobs could not be looked at');
    }
  }

  /** Has this process look at once; other replicas find it when they look by themselves. */
  private wake(queue: string): void {
    this.pumps.get(queue)?.wake();
  }

  private findHandlers(): { job: DeclaredJob; handler: JobHandler<object> }[] {
    const found = this.discovery.getProviders({ metadataKey: HandledJob.KEY }).map((wrapper) => ({
      name: this.discovery.getMetadataByDecorator(HandledJob, wrapper),
      handler: wrapper.instance as JobHandler<object>,
    }));
    return declaredJobs().map((job) => {
      const [first, second] = found.filter(({ name }) => name === job.name);
      if (!first) throw new Error(`the job ${job.name} has no handler`);
      if (second) throw new Error(`the job ${job.name} has two handlers`);
      return { job, handler: first.handler };
    });
  }
}

/** As many as there are, but no more than the kind of job allows. */
const placesOf = (job: DeclaredJob, { atOnce, perCustomer }: typeof ON_SERVER): typeof ON_SERVER => ({
  atOnce: Math.min(job.atOnce, atOnce),
  perCustomer: Math.min(Math.ceil(job.atOnce / 2), perCustomer),
});

function firstTry<P extends object>(job: JobDefinition<P>, payload: P): JobInsert {
  const checked = job.payload.parse(payload);
  const data = envelopeOf(1, checked, payload);
  return { data, singletonKey: job.key(checked), ...groupOf(checked) };
}

/** Of the jobs that pg-boss's only value holds, those that have the id of a row that was inserted. */
const jobsOf = (inserted: string): string =>
  `(SELECT COALESCE(json_agg(job), '[]') FROM json_array_elements($1::text::json) AS job
    WHERE CAST(job ->> 'id' AS uuid) IN (SELECT id FROM ${inserted}))`;

/** Jobs of one customer are a group. */
function groupOf(payload: object): { group?: { id: string } } {
  const customer = owned.safeParse(payload).data?.installationId;
  return customer === undefined ? {} : { group: { id: customer } };
}

/** Lets pg-boss run its statements on this manager, and so inside its transaction if it has one. */
function sqlOn(manager: EntityManager): Db {
  return {
    async executeSql(text: string, values?: unknown[]) {
      const runner = manager.queryRunner ?? manager.connection.createQueryRunner();
      // The driver's own client: pg-boss wants the results of every statement of a script, as `pg` gives them.
      const client = (await runner.connect()) as PoolClient;
      try {
        return await client.query(text, values);
      } catch (error) {
        // A script that failed between its own BEGIN and COMMIT must not leave its transaction to the next user.
        if (runner !== manager.queryRunner) await client.query('ROLLBACK');
        throw error;
      } finally {
        if (runner !== manager.queryRunner) await runner.release();
      }
    },
  };
}
