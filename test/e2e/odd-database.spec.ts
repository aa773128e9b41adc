import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/test-database.js';

const template = inject('databaseTemplate');
const serverUrl = template.kind === 'server' ? template.url : '';

const SETTINGS = [
  `datestyle = 'German, DMY'`,
  `timezone = 'Asia/Kathmandu'`,
  `intervalstyle = 'sql_standard'`,
  `bytea_output = 'escape'`,
  `extra_float_digits = -10`,
  `default_transaction_isolation = 'serializable'`,
];

describe.skipIf(template.kind === 'embedded')('a role with settings of its own (on PostgreSQL only)', () => {
  const role = `lv_odd_${randomBytes(6).toString('hex')}`;
  let database: TestDatabase;
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    await onServer(serverUrl, `CREATE ROLE ${role} SUPERUSER LOGIN`);
    for (const setting of SETTINGS) await onServer(serverUrl, `ALTER ROLE ${role} SET ${setting}`);
    database = await createTestDatabase(template);
    const url = new URL(database.env['DATABASE_URL'] ?? '');
    url.username = role;
    service = await startTestService({ DATABASE_URL: url.href, RECONCILE_INTERVAL_SECONDS: '1' });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(async () => {
    await service.stop();
    await database.drop();
    await onServer(serverUrl, `DROP ROLE ${role}`);
  });

  it('is worked for as any other: times, amounts of time, seals and the trail are what they are (F1, A2)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');

    const { id } = await play.order(opportunityId);
    const { createdAt } = (await service.admin.get(`/admin/v1/orders/${id}`).expect(200)).body as {
      createdAt: string;
    };
    expect(Math.abs(Date.parse(createdAt) - service.clock.now().getTime())).toBeLessThan(120_000);
    const found = await service.admin
      .get('/admin/v1/orders')
      .query({ from: new Date(Date.parse(createdAt) - 1).toISOString() })
      .expect(200);
    expect((found.body as { items: { id: string }[] }).items).toMatchObject([{ id }]);
    expect((await service.admin.get('/admin/v1/audit/verify').expect(200)).body).toMatchObject({ ok: true });
    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({}).expect(200);
  });
});
