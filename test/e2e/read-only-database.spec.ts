import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { leverWebhook, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { onServer } from '../support/test-database.js';

const template = inject('databaseTemplate');
const serverUrl = template.kind === 'server' ? template.url : '';

/** As after a failover that left the service with the old primary, or where a provider guards a disk that is full. */
describe.skipIf(template.kind === 'embedded')('a database that takes no writes (on PostgreSQL only)', () => {
  let service: TestService;
  let play: Play;
  let database: string;

  beforeAll(async () => {
    service = await startTestService({ METRICS_FRESH_SECONDS: '1' });
    play = new Play(service);
    await play.setUp();
    const [row] = await service.database.query<{ name: string }[]>('SELECT current_database() AS name');
    database = row?.name ?? '';
  });
  afterAll(() => service.stop());

  const takeWrites = (takes: boolean): Promise<unknown> =>
    onServer(
      serverUrl,
      `ALTER DATABASE ${database} SET default_transaction_read_only = ${takes ? 'off' : 'on'}`,
    );
  const endConnections = (): Promise<unknown> =>
    onServer(
      serverUrl,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
    );
  const pause = () => service.admin.post(`/admin/v1/installations/${play.installation.id}/pause`);
  const isUp = async (): Promise<string | undefined> =>
    /^bgc_database_up .*$/m.exec((await service.anyone.get('/metrics').expect(200)).text)?.[0];

  it('is told by readiness, metrics and 503s, and used again without a restart once it takes them (F1, T2)', async () => {
    await takeWrites(false);
    await endConnections();
    await eventually(async () => {
      const answer = await service.anyone.get('/health/ready').expect(503);
      expect(answer.body).toMatchObject({
        error: { database: { status: 'down', message: 'it takes no writes' } },
      });
    });
    await eventually(async () => expect(await isUp()).toBe('bgc_database_up 0'));
    const webhook = leverWebhook();
    for (const answer of [await play.knock(webhook), await pause()]) {
      expect(answer.status, answer.text).toBe(503);
      expect(answer.headers['retry-after']).toBe('5');
      expect(answer.body).toMatchObject({ code: 'database_unavailable' });
    }
    // What can be read is read.
    await service.admin.get('/admin/v1/orders').expect(200);

    // Connections that were made meanwhile are as they were made, and would be for as long as they last.
    await takeWrites(true);
    await eventually(async () => {
      await service.anyone.get('/health/ready').expect(200);
      expect(await isUp()).toBe('bgc_database_up 1');
    });
    await eventually(() => play.knock(webhook).expect(200));
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await eventually(() => pause().expect(200));
  });
});
