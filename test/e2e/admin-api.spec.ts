import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { Play, TRIGGER_STAGE, type SeenAdminOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const ORDERS = '/admin/v1/orders';

interface Page {
  items: { id: string }[];
  nextCursor: string | null;
}

describe('the manners of the admin API', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
    for (let n = 0; n < 3; n++) {
      const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
      await service.admin
        .post(ORDERS)
        .send({ installationId: play.installation.id, opportunityId })
        .expect(201);
    }
  });
  afterAll(() => service.stop());

  it('answers each request with its id: the caller’s, or one of ours', async () => {
    const mine = randomUUID();
    const given = await service.admin.get(ORDERS).set('x-request-id', mine).expect(200);
    expect(given.headers['x-request-id']).toBe(mine);
    const ours = await service.admin.get(ORDERS).set('x-request-id', 'Ana Ruiz').expect(200);
    expect(ours.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    for (const path of ['/nowhere', `${ORDERS}/none`, '/admin/v1/orders/%zz']) {
      const refused = await service.admin.get(path).set('x-request-id', mine);
      expect([refused.status, refused.headers['x-request-id']], path).toEqual([refused.status, mine]);
      expect(refused.headers['content-type'], path).toContain('application/problem+json');
    }
  });

  it('says what a path takes: by OPTIONS, and to a method it does not take (P1)', async () => {
    const options = await service.anyone.options(ORDERS).expect(204);
    expect(options.headers['allow']).toBe('GET, HEAD, OPTIONS, POST');
    const one = await service.anyone.options(`/admin/v1/installations/${play.installation.id}`).expect(204);
    expect(one.headers['allow']).toBe('GET, HEAD, OPTIONS, PATCH');
    const wrong = await service.admin.delete(ORDERS).expect(405);
    expect(wrong.headers['allow']).toBe('GET, HEAD, OPTIONS, POST');
    expect(wrong.headers['content-type']).toContain('application/problem+json');
    expect(wrong.body).toMatchObject({ status: 405, code: 'method_not_allowed' });
    await service.anyone.options('/nowhere').expect(404);
    const unknown = await service.admin.get('/admin/v1/nowhere').expect(404);
    expect(unknown.body).toMatchObject({ status: 404, code: 'route_not_found' });
  });

  it('answers HEAD as GET, without a body', async () => {
    const { items } = (await service.admin.get(ORDERS).expect(200)).body as Page;
    const got = await service.admin.get(`${ORDERS}/${items[0]?.id}`).expect(200);
    const head = await service.admin.head(`${ORDERS}/${items[0]?.id}`).expect(200);
    expect(head.headers['content-type']).toBe(got.headers['content-type']);
    expect(head.headers['etag']).toMatch(/^"\d+"$/);
    expect(head.text ?? '').toBe('');
    await service.anyone.head(ORDERS).expect(401);
  });

  it('names the next page in a Link header, with the conditions of this one (P2)', async () => {
    const first = await service.admin.get(ORDERS).query({ limit: 2, status: 'received' });
    const all = await service.admin.get(ORDERS).query({ limit: 2 }).expect(200);
    const link = /^<([^>]+)>; rel="next"$/.exec(all.headers['link'] ?? '')?.[1] ?? '';
    expect(link).toBe(`${ORDERS}?limit=2&cursor=${(all.body as Page).nextCursor}`);
    const last = await service.admin.get(link).expect(200);
    expect((last.body as Page).nextCursor).toBeNull();
    expect(last.headers['link']).toBeUndefined();
    expect(first.status).toBe(200);
  });

  it('refuses fields it does not know by their names, in bodies and in queries (P1)', async () => {
    const body = { installationId: play.installation.id, opportunityId: 'x', rush: true };
    for (const answer of [
      await service.admin.post(ORDERS).send(body),
      await service.admin.get(ORDERS).query({ rush: 'yes' }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        code: 'invalid_request',
        errors: [expect.objectContaining({ path: 'rush' }) as object],
      });
    }
  });

  it('refuses a window of time that nothing can be in, and names both its ends (P1, F6)', async () => {
    const first = '2026-01-01T00:00:00Z';
    const second = '2027-01-01T00:00:00Z';
    for (const path of ['orders', 'deliveries', 'audit', 'audit/export']) {
      for (const from of [second, first]) {
        const refused = await service.admin.get(`/admin/v1/${path}`).query({ from, to: first });
        expect(refused.status, path).toBe(400);
        expect(refused.body).toMatchObject({
          code: 'invalid_request',
          errors: [
            { path: 'to', message: 'to must be later than from: no time is at from or later and before to' },
          ],
        });
      }
      await service.admin.get(`/admin/v1/${path}`).query({ from: first, to: second }).expect(200);
    }
    await service.admin.post('/admin/v1/deliveries/replay').send({ from: second, to: first }).expect(400);
  });

  it('changes an installation only against the version that was read (P4)', async () => {
    const path = `/admin/v1/installations/${play.installation.id}`;
    const { etag } = (await service.admin.get(path).expect(200)).headers;
    const missing = await service.admin.patch(path).send({ name: 'Acme 2' }).expect(428);
    expect(missing.body).toMatchObject({ code: 'if_match_missing' });
    const changed = await service.admin
      .patch(path)
      .set('if-match', etag ?? '')
      .send({ name: 'Acme 2' })
      .expect(200);
    expect(changed.headers['etag']).not.toBe(etag);
    for (const stale of [etag ?? '', '"0"', 'nonsense']) {
      const refused = await service.admin
        .patch(path)
        .set('if-match', stale)
        .send({ name: 'Acme 3' })
        .expect(412);
      expect(refused.body).toMatchObject({ code: 'stale_version' });
    }
  });

  it('changes an installation whatever it is by now for who says so by `If-Match: *` (P4)', async () => {
    const path = `/admin/v1/installations/${play.installation.id}`;
    const before = await service.admin.get(path).expect(200);
    const changed = await service.admin.patch(path).set('if-match', '*').send({ name: 'Any' }).expect(200);
    expect(changed.headers['etag']).not.toBe(before.headers['etag']);
    const restored = await service.admin.post(`${path}/versions/1/restore`).set('if-match', '*').expect(200);
    expect(restored.body).toMatchObject({ name: 'Acme' });
    const nothing = service.admin.patch(`/admin/v1/installations/${randomUUID()}`);
    await nothing.set('if-match', '*').send({ name: 'Any' }).expect(404);
  });

  it('acts on an order only as it was seen, if told how it was seen (P4)', async () => {
    const opportunityId = await play.candidate();
    const made = await service.admin
      .post(ORDERS)
      .send({ installationId: play.installation.id, opportunityId })
      .expect(201);
    const path = `${ORDERS}/${(made.body as SeenAdminOrder).id}`;
    await play.untilStatus(opportunityId, 'Pending');
    const stale = await service.admin
      .post(`${path}/cancel`)
      .set('if-match', made.headers['etag'] ?? '')
      .expect(412);
    expect(stale.body).toMatchObject({ code: 'stale_order' });
    expect((await service.admin.get(path).expect(200)).body).toMatchObject({ status: 'pending' });
  });

  it('says when asking again makes sense, where a vendor says so (F2)', async () => {
    await play.drive('POST', '/faults', {
      vendor: 'lever',
      kind: 'status',
      status: 503,
      headers: { 'retry-after': '7' },
      times: null,
    });
    const opportunityId = await play.candidate();
    const failed = await service.admin
      .post(ORDERS)
      .send({ installationId: play.installation.id, opportunityId })
      .expect(502);
    await play.drive('DELETE', '/faults');
    expect(failed.headers['retry-after']).toBe('7');
    expect(failed.body).toMatchObject({ code: 'vendor_failed' });
  });

  it('shows how the service and its vendors are doing, budgets to those who may know of all', async () => {
    const body = (await service.admin.get('/admin/v1/status').expect(200)).body as object;
    expect(body).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      replica: expect.stringMatching(/^[\da-f]{8}$/) as string,
      replicas: 1,
      running: [{ replica: expect.stringMatching(/^[\da-f]{8}$/) as string, version: '0.1.0' }],
      versions: {
        node: process.versions.node,
        database: expect.stringMatching(/^\d+/) as string,
        schema: MIGRATIONS.at(-1)?.name,
        queue: expect.any(Number) as number,
      },
      vendors: [
        { vendor: 'Lever', limits: { requestsPerDay: null } },
        {
          vendor: 'VICTIG',
          limits: { requestsPerDay: 20_000 },
          recentCalls: { minutes: 15 },
          breakers: { open: 0 },
        },
      ],
    });
    const { vendors, budgets } = body as {
      vendors: { recentCalls: { answered: number } }[];
      budgets: { account: string; callsToday: number }[];
    };
    for (const { recentCalls } of vendors) expect(recentCalls.answered).toBeGreaterThan(0);
    expect(budgets.find(({ account }) => account.startsWith('victig:'))?.callsToday).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toContain('demo-victig-token');
  });
});
