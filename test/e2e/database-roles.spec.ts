import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { onServer } from '../support/test-database.js';

const template = inject('databaseTemplate');

/** The embedded database has one user, who may do everything. */
describe.skipIf(template.kind === 'embedded')('the grants of docs/grants.sql (A1)', () => {
  const server = template.kind === 'server' ? template.url : '';
  const name = `lv_roles_${randomBytes(6).toString('hex')}`;
  const [owner, role] = [`${name}_owner`, `${name}_service`];
  const password = randomBytes(12).toString('hex');
  let service: TestService;

  const urlOf = (user?: string): string => {
    const url = new URL(server);
    url.pathname = `/${name}`;
    if (user !== undefined) [url.username, url.password] = [user, password];
    return url.href;
  };

  beforeAll(async () => {
    const [, first = '', second = ''] = readFileSync('docs/grants.sql', 'utf8')
      .replaceAll('bgc_owner', owner)
      .replaceAll('bgc_service', role)
      .replaceAll(/'choose-\w+'/g, `'${password}'`)
      .replaceAll('DATABASE bgc', `DATABASE ${name}`)
      .split(/-- (?:First|Second) part -+\n/);
    await onServer(server, `CREATE DATABASE ${name}`);
    await onServer(urlOf(), first);
    const migrated = await ServiceDataSource.open(
      { kind: 'server', url: urlOf(owner), poolSize: 2 },
      { entities: [], migrations: MIGRATIONS },
    );
    await migrated.destroy();
    await onServer(urlOf(owner), second);
    service = await startTestService({ DATABASE_URL: urlOf(role) });
  });
  afterAll(async () => {
    await service.stop();
    await onServer(server, `DROP DATABASE ${name}`);
    await onServer(server, `DROP ROLE ${owner}, ${role}`);
  });

  it('let the service do all its work, from a stage change to an erasure and a sealed trail', async () => {
    const play = new Play(service);
    await play.setUp();
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({}).expect(200);
    await service.admin.post('/admin/v1/audit/checkpoints').expect(200);
    const verified = await service.admin.get('/admin/v1/audit/verify').expect(200);
    expect(verified.body).toMatchObject({ ok: true });
  });

  it.each([
    [`UPDATE audit_entries SET actor = 'nobody'`, '42501'],
    ['DELETE FROM audit_entries', '42501'],
    ['TRUNCATE audit_entries', '42501'],
    ['DELETE FROM audit_heads', '42501'],
    ['UPDATE audit_checkpoints SET seal = hash', '42501'],
    ['ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only', '42501'],
    ['DROP TRIGGER audit_entries_append_only ON audit_entries', '42501'],
    ['DROP TABLE audit_entries', '42501'],
    [`SET session_replication_role = replica`, '42501'],
    ['CREATE TABLE public.other (id integer)', '42501'],
  ])('refuse the service %s', async (statement, code) => {
    const client = new Client({ connectionString: urlOf(role) });
    await client.connect();
    try {
      await expect(client.query(statement)).rejects.toMatchObject({ code });
    } finally {
      await client.end();
    }
  });
});
