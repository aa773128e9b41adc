import type { Abstract, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Logger, PARAMS_PROVIDER_TOKEN, PinoLogger } from 'nestjs-pino';
import { randomBytes } from 'node:crypto';
import supertest from 'supertest';
import { DataSource } from 'typeorm';
import { inject } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/start-sandbox.ts';
import { AppModule } from '../../src/app.module.js';
import { APP_OPTIONS, createAdapter, prepareApp } from '../../src/create-app.js';
import { Clock } from '../../src/platform/clock.js';
import { appConfig, readConfig } from '../../src/platform/config/app-config.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { LOGGED, logOptions } from '../../src/platform/logging/logging.module.js';
import { SharedClock } from '../../src/platform/shared-clock.js';
import type { JobDefinition } from '../../src/platform/jobs/job-definition.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { createTestDatabase } from './test-database.js';
import { WatchedAnswers } from './watched-answers.js';

export const ADMIN_KEY = 'test-admin-key-0123456789abcdef';
export const CALLBACK_SECRET = 'test-callback-secret';

/** A clock that runs, and can be put forward and made to stand. */
export class ShiftingClock extends Clock {
  private shiftMs = 0;
  private stoodAtMs: number | null = null;
  private strayMs = 0;

  override now(): Date {
    // The machine is asked once: one that stands would else be a millisecond early now and then.
    return new Date((this.stoodAtMs ?? Date.now()) + this.shiftMs + this.strayMs);
  }

  /** By how much the time of the test is ahead of the machine's. */
  get aheadMs(): number {
    const nowMs = Date.now();
    return (this.stoodAtMs ?? nowMs) - nowMs + this.shiftMs;
  }

  /** From now on time goes on only where it is put forward. */
  stand(): void {
    this.stoodAtMs = Date.now();
  }

  /** Time goes on by itself again, and makes up for what it stood. */
  goOn(): void {
    this.stoodAtMs = null;
  }

  forward(ms: number): void {
    this.shiftMs += ms;
  }

  /** From now on the clock of the service, and none else, is wrong by so much, as that of another process may be. */
  goAstray(ms: number): void {
    this.strayMs = ms;
  }
}

/** The database's clock, in the time of the test. */
class ShiftedSharedClock extends SharedClock {
  constructor(
    dataSource: DataSource,
    private readonly clock: ShiftingClock,
  ) {
    super(dataSource);
  }

  override sql(): string {
    const shifted = `clock_timestamp() + ${this.clock.aheadMs} * interval '1 millisecond'`;
    return super.sql().replace('clock_timestamp()', shifted);
  }
}

export interface TestService {
  url: string;
  sandbox: Sandbox;
  clock: ShiftingClock;
  database: DataSource;
  /** A part of the running service, to do at once what it does now and then. */
  part<T>(type: Type<T> | Abstract<T>): T;
  /** Calls to the service without a key. */
  anyone: supertest.Agent;
  /** Calls to the admin API with an admin's key. */
  admin: supertest.Agent;
  /** Puts a job into the queue, as its schedule would. */
  send<P extends object>(job: JobDefinition<P>, payload: P): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The whole service on a database of its own, listening on a real port, with the sandbox vendors beside it.
 * @param logged gets every line that the service logs, as it would be written
 * @param via the address by which it reaches its PostgreSQL, if it is another than that of its database
 */
export async function startTestService(
  env: Record<string, string> = {},
  logged?: string[],
  via: (databaseUrl: string) => string = (databaseUrl) => databaseUrl,
): Promise<TestService> {
  // The first service of a process decides where all of them log: a test would look for secrets in nothing.
  if (logged && wasLoggerMade())
    throw new Error('who reads the log needs a process apart: see vitest.config.ts');
  const testDatabase = await createTestDatabase(inject('databaseTemplate'));
  const { DATABASE_URL: databaseUrl } = testDatabase.env;
  const sandbox = await startSandbox({ port: 0 });
  const config = readConfig({
    PORT: '0',
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    ADMIN_API_KEY: ADMIN_KEY,
    LEVER_API_URL: sandbox.leverApiUrl,
    LEVER_AUTH_URL: sandbox.leverAuthUrl,
    VICTIG_API_URL: sandbox.victigApiUrl,
    VICTIG_API_TOKEN: 'demo-victig-token',
    VICTIG_WEBHOOK_SECRET: CALLBACK_SECRET,
    ALLOW_PRIVATE_VENDOR_HOSTS: 'true',
    PUBLIC_URL: 'https://service.example',
    LEVER_REQUESTS_PER_SECOND: '1000',
    LEVER_BURST: '1000',
    VICTIG_REQUESTS_PER_SECOND: '1000',
    VICTIG_BURST: '1000',
    RECONCILE_INTERVAL_SECONDS: '3600',
    LOG_LEVEL: 'silent',
    ...testDatabase.env,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: via(databaseUrl) }),
    ...env,
  });
  const clock = new ShiftingClock();
  const building = Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(appConfig.KEY)
    .useValue(config)
    .overrideProvider(Clock)
    .useValue(clock)
    .overrideProvider(SharedClock)
    .useFactory({
      factory: (database: DataSource) => new ShiftedSharedClock(database, clock),
      inject: [DataSource],
    });
  if (logged) {
    const stream = { write: (line: string) => void logged.push(line) };
    building
      .overrideProvider(PARAMS_PROVIDER_TOKEN)
      .useValue({ pinoHttp: { ...logOptions(config.logging.level, false), stream }, ...LOGGED });
  }
  const module = await building.compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    createAdapter(config.access.trustedProxies),
    {
      ...APP_OPTIONS,
      logger: process.env['SHOW_LOGS'] ? ['log', 'warn', 'error'] : false,
    },
  );
  if (logged) app.useLogger(app.get(Logger));
  prepareApp(app);
  const answers = new WatchedAnswers(app);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    url,
    sandbox,
    clock,
    database: app.get(DataSource),
    part: (type) => app.get(type, { strict: false }),
    anyone: supertest.agent(url),
    admin: supertest.agent(url).set('authorization', `Bearer ${ADMIN_KEY}`),
    send: (job, payload) => app.get(Transactions).run((tx) => app.get(JobQueue).send(tx, job, payload)),
    async stop() {
      await app.close();
      await sandbox.close();
      await testDatabase.drop();
      answers.demandDocumented();
    },
  };
}

/** Its type says that it is always there. */
const wasLoggerMade = (): boolean => (PinoLogger.root as PinoLogger['logger'] | undefined) !== undefined;
