import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { isDatabaseAway } from '../../src/platform/database/database-away.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { SilentProxy } from '../support/silent-proxy.js';
import { freePort } from '../support/free-port.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const template = inject('databaseTemplate');
const onServer = template.kind === 'server' ? describe : describe.skip;
const keyOf = (token: string): string => createHash('sha256').update(token).digest('hex');
const serverUrl = template.kind === 'server' ? template.url : '';

onServer('a database that does not answer (on PostgreSQL only)', () => {
  let proxy: SilentProxy;
  let database: TestDatabase;
  let dataSource: ServiceDataSource;

  beforeEach(async () => {
    proxy = await SilentProxy.start(serverUrl);
    database = await createTestDatabase(template);
    const url = proxy.urlOf(database.env['DATABASE_URL'] ?? '');
    // The server ends a statement a second before we end its connection, and what is no fault is answered in time.
    dataSource = await ServiceDataSource.connect({ kind: 'server', url, poolSize: 1, patienceMs: 3_000 });
  });
  afterEach(async () => {
    await dataSource.destroy();
    await proxy.stop();
    await database.drop();
  });

  it('is an error and no hang, and its connection is not used again (F1)', async () => {
    const [before] = await dataSource.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    proxy.swallow();
    await expect(dataSource.query('SELECT 1')).rejects.toThrow('Connection terminated');
    proxy.passOn();
    // The pool holds one connection only: the next question would wait behind the one that was swallowed.
    const [after] = await dataSource.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    expect(after?.pid).not.toBe(before?.pid);
  });

  it('is an error in the middle of a transaction, too, of which nothing is kept (F1)', async () => {
    await dataSource.query('CREATE TABLE kept (id integer)');
    const working = dataSource.transaction(async (manager) => {
      await manager.query('INSERT INTO kept VALUES (1)');
      proxy.swallow();
      await manager.query('INSERT INTO kept VALUES (2)');
    });
    await expect(working).rejects.toThrow('Connection terminated');
    proxy.passOn();
    expect(await dataSource.query('SELECT id FROM kept')).toEqual([]);
  });

  it('is told from what a question itself is to blame for (F1)', async () => {
    const failureOf = (question: string): Promise<unknown> =>
      dataSource.query(question).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(isDatabaseAway(await failureOf('SELECT nothing'))).toBe(false);
    expect(isDatabaseAway(await failureOf('SELECT pg_sleep(60)'))).toBe(false);
    expect(isDatabaseAway(await failureOf('SELECT pg_terminate_backend(pg_backend_pid())'))).toBe(true);
    proxy.swallow();
    expect(isDatabaseAway(await failureOf('SELECT 1'))).toBe(true);
    proxy.passOn();
    expect(await failureOf('SELECT 1')).toBeUndefined();
    for (const host of [`127.0.0.1:${await freePort()}`, 'nowhere.invalid']) {
      const url = `postgres://postgres@${host}/postgres`;
      const failure = ServiceDataSource.connect({ kind: 'server', url, poolSize: 1 }).catch(
        (error: unknown) => error,
      );
      expect(isDatabaseAway(await failure), host).toBe(true);
    }
  });

  it('has what a lost transaction locked let go by the server, which heard nothing of its end (F1)', async () => {
    await dataSource.query('CREATE TABLE kept (id integer)');
    await dataSource.query('INSERT INTO kept VALUES (1)');
    const working = dataSource.transaction(async (manager) => {
      await manager.query('UPDATE kept SET id = 2');
      proxy.swallow({ closes: true });
    });
    await expect(working).rejects.toThrow('Connection terminated');
    proxy.passOn();
    const [row] = await eventually(
      () => dataSource.query<unknown[]>('SELECT id FROM kept FOR UPDATE NOWAIT'),
      10_000,
    );
    expect(row).toEqual({ id: 1 });
  });

  it('ends a statement that takes too long by itself, and the connection stays (F1)', async () => {
    const [before] = await dataSource.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    await expect(dataSource.query('SELECT pg_sleep(60)')).rejects.toThrow('statement timeout');
    expect(await dataSource.query('SELECT pg_backend_pid() AS pid')).toEqual([before]);
  });
});

onServer('a connection of a service (on PostgreSQL only)', () => {
  let proxy: SilentProxy;
  let service: TestService;

  beforeAll(async () => {
    proxy = await SilentProxy.start(serverUrl);
    service = await startTestService({}, undefined, (url) => proxy.urlOf(url));
  });
  afterAll(async () => {
    await service.stop();
    await proxy.stop();
  });

  // A path that forgets connections cannot be had here: what they ask the server for is looked at.
  it('has the server notice by itself that its other end is gone, whatever it is for (F1)', () => {
    const ours = proxy.greetings.filter((greeting) => greeting.includes('lever-victig'));
    const kinds = ours.map((name) => /lever-victig(-migrations|-jobs|-changes)?/.exec(name)?.[0] ?? '');
    expect([...new Set(kinds)].toSorted()).toEqual([
      'lever-victig',
      'lever-victig-changes',
      'lever-victig-jobs',
      'lever-victig-migrations',
    ]);
    expect(proxy.greetings.filter((greeting) => !greeting.includes('-c tcp_keepalives_idle='))).toEqual([]);
  });
});

onServer('deliveries while the database does not answer (on PostgreSQL only)', () => {
  let proxy: SilentProxy;
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    proxy = await SilentProxy.start(serverUrl);
    service = await startTestService({ DATABASE_PATIENCE_SECONDS: '2' }, undefined, (url) =>
      proxy.urlOf(url),
    );
    play = new Play(service);
    await play.setUp();
  });
  afterAll(async () => {
    proxy.passOn();
    await service.stop();
    await proxy.stop();
  });

  const deliver = async (webhook: object): Promise<void> => {
    await eventually(() => play.knock(webhook).expect(200));
  };
  const countOf = async (token: string): Promise<unknown> => {
    const rows = await service.database.query<object[]>(
      'SELECT count(*)::int AS kept FROM deliveries WHERE dedupe_key = $1',
      [keyOf(token)],
    );
    return rows[0];
  };

  it('are told to come again and do not hang, and are taken once it answers (T2, F1)', async () => {
    await deliver(leverWebhook());
    const webhook = leverWebhook();
    proxy.swallow();
    const answers = await Promise.all([play.knock(webhook), play.knock(leverWebhook())]);
    for (const answer of answers) {
      expect(answer.status, answer.text).toBe(503);
      expect(answer.headers['retry-after']).toBe('5');
      expect(answer.body).toMatchObject({ code: 'database_unavailable' });
    }
    proxy.passOn();
    await deliver(webhook);
    expect(await countOf(webhook.token)).toEqual({ kept: 1 });
  });

  it('count once when they were kept after all and only the answer was lost (T2, F1)', async () => {
    const webhook = leverWebhook();
    await deliver(leverWebhook());
    // By one statement, which commits it.
    proxy.swallowAnswersTo(keyOf(webhook.token));
    const answer = await play.knock(webhook);
    expect(answer.status, answer.text).toBe(503);
    proxy.passOn();
    await eventually(async () => expect(await countOf(webhook.token)).toEqual({ kept: 1 }));
    await deliver(webhook);
    expect(await countOf(webhook.token)).toEqual({ kept: 1 });
  });
});
