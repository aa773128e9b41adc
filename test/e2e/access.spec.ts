import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { RIGHTS, ROLES, roleHas, type Right, type Role } from '../../src/platform/access/roles.js';
import { createInstallation } from '../support/new-installation.js';
import { leverWebhook, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const KEYS = '/admin/v1/keys';
const METHODS = ['get', 'post', 'patch', 'delete'] as const;

interface MadeKey {
  id: string;
  key: string;
  state: string;
}

interface AdminRoute {
  method: (typeof METHODS)[number];
  path: string;
  right: string | undefined;
}

/** Who may do what, in the words of the specification; the code has to agree. */
const EXPECTED: Record<Role, (right: Right) => boolean> = {
  viewer: (right) => right.endsWith(':read') && right !== 'audit:read',
  auditor: (right) => right.endsWith(':read') || right.startsWith('audit:'),
  operator: (right) =>
    (right.endsWith(':read') && right !== 'audit:read') ||
    [
      'installations:check',
      'orders:preview',
      'orders:place',
      'orders:retry',
      'orders:refresh',
      'orders:cancel',
      'orders:discard',
      'deliveries:replay',
      'jobs:settle',
    ].includes(right),
  admin: () => true,
};

describe('access to the admin API (A5)', () => {
  let service: TestService;
  let routes: AdminRoute[];
  let play: Play;
  let foreign: Record<string, string>;
  const keys = new Map<Role, string>();

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
    const document = (await service.anyone.get('/openapi.json').expect(200)).body as {
      paths: Record<string, Record<string, { 'x-required-right'?: string }>>;
    };
    routes = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/admin/'))
      .flatMap(([path, operations]) =>
        METHODS.flatMap((method) =>
          operations[method] ? [{ method, path, right: operations[method]['x-required-right'] }] : [],
        ),
      );
    for (const role of ROLES) keys.set(role, (await make({ role })).key);

    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const [delivery] = await service.database.query<{ id: string }[]>(
      `SELECT id FROM deliveries WHERE source = 'lever' LIMIT 1`,
    );
    foreign = {
      installations: play.installation.id,
      orders: (await play.order(opportunityId)).id,
      deliveries: delivery?.id ?? '',
      keys: (await make({ installationId: play.installation.id })).id,
    };
  });
  afterAll(() => service.stop());

  const make = async (about: object, by: supertest.Agent = service.admin): Promise<MadeKey> =>
    (
      await by
        .post(KEYS)
        .send({ name: 'a test', role: 'admin', ...about })
        .expect(201)
    ).body as MadeKey;

  const as = (key: string): supertest.Agent =>
    supertest.agent(service.url).set('authorization', `Bearer ${key}`);

  const createOther = (more: object = {}): Promise<string> =>
    createInstallation(service, { name: 'Other', victig: { clientGuid: SEED.victig.clients.main, ...more } });

  it('demands a known right on every route', () => {
    expect(routes.length).toBeGreaterThan(25);
    for (const { method, path, right } of routes) expect(RIGHTS, `${method} ${path}`).toContain(right);
  });

  it('is what the specification says of each role', () => {
    for (const role of ROLES) {
      for (const right of RIGHTS) {
        expect(roleHas(role, right), `${role} ${right}`).toBe(EXPECTED[role](right));
      }
    }
  });

  it('gives each role its routes, and 403 for all others', async () => {
    for (const { method, path, right } of routes) {
      const url = path.replaceAll(/\{\w+\}/g, () => randomUUID());
      for (const role of ROLES) {
        const caller = as(keys.get(role) ?? '');
        const answer = await caller[method](url).send(method === 'get' ? undefined : {});
        const what = `${role}: ${method} ${path}: ${answer.status}`;
        if (roleHas(role, right as Right)) expect(answer.status, what).not.toBe(403);
        else {
          expect(answer.status, what).toBe(403);
          expect(answer.body).toMatchObject({ code: 'right_missing' });
        }
        expect(answer.status, what).toBeLessThan(500);
      }
      expect((await service.anyone[method](url)).status, path).toBe(401);
    }
  });

  it("answers 404 for another installation's objects, on every route", async () => {
    const stranger = as((await make({ installationId: await createOther() })).key);
    const bodies: Record<string, object> = {
      '/signature-tokens': { token: 'a-token-long-enough' },
      '/preview': { opportunityId: 'x' },
      '/shadow': { settings: {} },
      '/hold': { reason: 'CASE-1' },
    };
    // Dead letters have a test of their own: none is made here.
    const ofObjects = routes.filter(({ path }) => path.includes('{id}') && !path.includes('/dead-letters/'));
    expect(ofObjects.length).toBeGreaterThan(15);
    for (const { method, path } of ofObjects) {
      const collection = path.split('/')[3] ?? '';
      const url = path
        .replace('{id}', foreign[collection] ?? '')
        .replaceAll(/\{(version|other)\}/g, '1')
        .replaceAll(/\{\w+\}/g, () => randomUUID());
      const body = Object.entries(bodies).find(([end]) => path.endsWith(end))?.[1] ?? {};
      const answer = await stranger[method](url)
        .set('if-match', '"1"')
        .send(method === 'get' || method === 'delete' ? undefined : body);
      expect(answer.status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBe(404);
    }
  });

  it('lets a bound key seal nothing, for a checkpoint is over the chains of all (A2, A5)', async () => {
    for (const role of ['admin', 'auditor']) {
      const bound = as((await make({ role, installationId: play.installation.id })).key);
      const refused = await bound.post('/admin/v1/audit/checkpoints').expect(403);
      expect(refused.body).toMatchObject({ code: 'bound_key' });
    }
  });

  it("lists nothing of another installation's", async () => {
    const stranger = as((await make({ installationId: await createOther() })).key);
    for (const list of ['orders', 'deliveries']) {
      expect((await stranger.get(`/admin/v1/${list}`).expect(200)).body).toMatchObject({ items: [] });
    }
    for (const list of ['installations', 'keys', 'audit']) {
      const { items } = (await stranger.get(`/admin/v1/${list}`).expect(200)).body as { items: object[] };
      expect(JSON.stringify(items)).not.toContain(play.installation.id);
      expect(items.length).toBeGreaterThan(0);
    }
    const preview = await stranger.post('/admin/v1/deliveries/replay').send({}).expect(200);
    expect(preview.body).toMatchObject({ count: 0 });
    const exported = await stranger.get('/admin/v1/audit/export').expect(200);
    expect(exported.text).not.toContain(play.installation.id);
  });

  it("shows a bound key no clients of others by the service's own VICTIG token", async () => {
    const bare = await createOther();
    const bound = as((await make({ installationId: bare })).key);
    const path = (id: string) => `/admin/v1/installations/${id}`;
    const clients = await bound.get(`${path(bare)}/clients`).expect(200);
    expect((clients.body as { items: { guid: string }[] }).items.map(({ guid }) => guid)).toEqual([
      SEED.victig.clients.main,
    ]);
    await bound.get(`${path(bare)}/products`).expect(200);
    await bound.get(`${path(bare)}/products?clientGuid=other-guid`).expect(404);

    const own = await createOther({ apiToken: 'demo-victig-token' });
    const all = await as((await make({ installationId: own })).key)
      .get(`${path(own)}/clients`)
      .expect(200);
    expect((all.body as { items: object[] }).items.length).toBeGreaterThan(1);
  });

  it('is by keys that are shown once, kept as a hash, and recognised by a checksum', async () => {
    const made = await make({ name: 'Nightly report', role: 'viewer' });
    expect(made.key).toMatch(/^lvk_[\w-]{38}$/);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(made.key.slice(0, -6)));
    expect(made.key.slice(-6)).toBe(checksum.toString('base64url'));
    const read = await service.admin.get(`${KEYS}/${made.id}`).expect(200);
    expect(read.body).toMatchObject({
      name: 'Nightly report',
      state: 'active',
      lastFour: made.key.slice(-4),
    });
    expect(JSON.stringify(read.body)).not.toContain(made.key);
    const rows = await service.database.query<object[]>('SELECT * FROM admin_keys, audit_entries');
    expect(JSON.stringify(rows)).not.toContain(made.key);
  });

  it('ends at once with a key that expires or is revoked', async () => {
    const expiresAt = new Date(service.clock.now().getTime() + 60_000).toISOString();
    const expiring = await make({ role: 'viewer', expiresAt });
    const revoked = await make({ role: 'viewer' });
    for (const { key } of [expiring, revoked]) await as(key).get('/admin/v1/orders').expect(200);
    await service.admin.delete(`${KEYS}/${revoked.id}`).expect(204);
    await service.admin.delete(`${KEYS}/${revoked.id}`).expect(204);
    service.clock.forward(61_000);
    for (const { key } of [expiring, revoked]) await as(key).get('/admin/v1/orders').expect(401);
    for (const [{ id }, state] of [
      [expiring, 'expired'],
      [revoked, 'revoked'],
    ] as const) {
      expect((await service.admin.get(`${KEYS}/${id}`).expect(200)).body).toMatchObject({ state });
    }
    const entries = await service.admin.get('/admin/v1/audit').query({ action: 'key.revoked' }).expect(200);
    expect((entries.body as { items: { data: object }[] }).items.map(({ data }) => data)).toEqual([
      { keyId: revoked.id },
    ]);
  });

  it('ends at once on every replica: nothing of a key is kept in memory (A5)', async () => {
    const { id, key } = await make({ role: 'viewer' });
    await as(key).get('/admin/v1/orders').expect(200);
    // What another replica does reaches this one by the database alone.
    await service.database.query('UPDATE admin_keys SET revoked_at = now() WHERE id = $1', [id]);
    await as(key).get('/admin/v1/orders').expect(401);
  });

  it('cannot be widened by a key for itself', async () => {
    const installationId = await createOther();
    const soon = new Date(service.clock.now().getTime() + 3_600_000).toISOString();
    const later = new Date(service.clock.now().getTime() + 7_200_000).toISOString();
    const bound = as((await make({ installationId })).key);
    const expiring = as((await make({ expiresAt: soon })).key);
    const refused: [supertest.Agent, object, number, string][] = [
      [bound, {}, 403, 'wider_than_own'],
      [bound, { installationId: play.installation.id }, 404, 'installation_not_found'],
      [expiring, {}, 403, 'wider_than_own'],
      [expiring, { expiresAt: later }, 403, 'wider_than_own'],
      [service.admin, { installationId: randomUUID() }, 404, 'installation_not_found'],
      [service.admin, { expiresAt: '2020-01-01T00:00:00Z' }, 400, 'expires_in_the_past'],
      [service.admin, { role: 'root' }, 400, 'invalid_request'],
      [service.admin, { name: ' ' }, 400, 'invalid_request'],
    ];
    for (const [by, about, status, code] of refused) {
      const answer = await by.post(KEYS).send({ name: 'x', role: 'viewer', ...about });
      expect(answer.body, JSON.stringify(about)).toMatchObject({ status, code });
    }
    await make({ installationId, role: 'operator' }, bound);
    await make({ expiresAt: soon }, expiring);
  });

  it('never ends with the last key that may do everything', async () => {
    const { items } = (await service.admin.get(KEYS).query({ limit: 200 }).expect(200)).body as {
      items: { id: string; name: string; role: string; installationId: string | null; state: string }[];
    };
    const admins = items.filter(
      (key) => key.role === 'admin' && !key.installationId && key.state === 'active',
    );
    const others = admins.filter(({ name }) => name !== 'ADMIN_API_KEY');
    for (const { id } of others) await service.admin.delete(`${KEYS}/${id}`).expect(204);
    const last = admins.find(({ name }) => name === 'ADMIN_API_KEY');
    const refused = await service.admin.delete(`${KEYS}/${last?.id}`).expect(409);
    expect(refused.body).toMatchObject({ code: 'last_admin_key' });
  });

  it('leaves the doors to their own guards', async () => {
    await play.knock(leverWebhook()).expect(200);
    await as(keys.get('viewer') ?? '')
      .post('/webhooks/victig')
      .send({})
      .expect(401);
  });

  it('is documented as it is', () => {
    const table = [
      `| Right | ${ROLES.join(' | ')} |`,
      ...RIGHTS.map(
        (right) =>
          `| \`${right}\` | ${ROLES.map((role) => (roleHas(role, right) ? 'yes' : '')).join(' | ')} |`,
      ),
    ];
    const tidy = (line: string): string => line.replaceAll(/\s+/g, ' ').trim();
    const documented = readFileSync('docs/access.md', 'utf8').split('\n').map(tidy);
    for (const line of table) expect(documented).toContain(tidy(line));
  });
});
