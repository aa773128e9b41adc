import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { adminWithRole } from '../support/admin-with-role.js';
import { createInstallation } from '../support/new-installation.js';
import { leverWebhook, Play, SIGNATURE_TOKEN } from '../support/play.js';
import { CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';

const METHODS = ['get', 'post', 'patch', 'delete'] as const;
const OTHER_TOKEN = 'signature-token-of-the-other-one';
const OWN_SECRET = 'callback-secret-of-the-one';

interface Route {
  method: (typeof METHODS)[number];
  path: string;
  operationId: string;
  filters: string[];
}

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
}

/** Well-formed bodies of routes that demand one: with another one they would be refused before anything is looked up. */
const BODIES: Record<string, object> = {
  addSignatureToken: { token: 'a-token-long-enough' },
  previewOrder: { opportunityId: 'x' },
  shadowSettings: { settings: {} },
  setLegalHold: { reason: 'CASE-1' },
};

/** Routes that make something new, which is nobody else's; what they may be bound to has a test in access.spec. */
const MAKING = new Set(['createInstallation', 'createKey', 'sealAudit']);

describe('the tenants (A5)', () => {
  let service: TestService;
  let play: Play;
  let otherId: string;
  let stranger: supertest.Agent;
  let routes: Route[];
  /** Every id and name by which something of the first installation could be told. */
  let marks: string[];
  /** What stands for `{id}` in the paths of each collection. */
  let ids: Record<string, string>;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({}, { name: 'First customer of this test' });
    await service.admin
      .patch(`/admin/v1/installations/${play.installation.id}`)
      .set('if-match', '"1"')
      .send({ victig: { webhookSecret: OWN_SECRET } })
      .expect(200);
    otherId = await createOther();
    stranger = await adminWithRole(service, 'admin', otherId);
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.order(opportunityId);
    const { orderGuid, fileNumber } = await play.orderAtVictig(opportunityId);
    const key = await service.admin
      .post('/admin/v1/keys')
      .send({ name: 'Key of the first customer', role: 'viewer', installationId: play.installation.id })
      .expect(201);
    const idOf = async (sql: string): Promise<string> =>
      (await service.database.query<{ id: string }[]>(sql, [play.installation.id]))[0]?.id ?? '';
    ids = {
      installations: play.installation.id,
      orders: order.id,
      deliveries: await idOf('SELECT id FROM deliveries WHERE installation_id = $1 LIMIT 1'),
      keys: (key.body as { id: string }).id,
      'dead-letters': await giveUp(),
    };
    marks = [
      ...Object.values(ids),
      await idOf(`SELECT id FROM audit_entries WHERE installation_id = $1 LIMIT 1`),
      await idOf(`SELECT id FROM installation_secrets WHERE installation_id = $1 LIMIT 1`),
      opportunityId,
      orderGuid,
      `"${fileNumber}"`,
      'First customer of this test',
      'Key of the first customer',
    ];
    routes = await routesOf();
  });
  afterAll(() => service.stop());

  const createOther = (): Promise<string> =>
    createInstallation(service, {
      name: 'Second customer',
      lever: { apiKey: 'another-lever-key' },
      signatureTokens: [OTHER_TOKEN],
      triggerStageIds: ['another-stage'],
      victig: { clientGuid: 'another-client' },
    });

  /** As the queue leaves a job whose tries are used up. */
  const giveUp = async (): Promise<string> => {
    const [installationId, deliveryId] = [play.installation.id, randomUUID()];
    const data = { attempt: 8, payload: { installationId, deliveryId } };
    const [row] = await service.database.query<{ id: string }[]>(
      `INSERT INTO pgboss.job (name, data, group_id, singleton_key, source_name, source_output, retry_limit, keep_until)
       VALUES ('dead-letters', $1, $2, $3, 'take-callback', '{"reason": "not today"}', 0, now() + interval '1 year')
       RETURNING id`,
      [data, installationId, deliveryId],
    );
    return row?.id ?? '';
  };

  const routesOf = async (): Promise<Route[]> => {
    const document = (await service.anyone.get('/openapi.json').expect(200)).body as {
      paths: Record<string, Record<string, Operation>>;
    };
    return Object.entries(document.paths).flatMap(([path, operations]) =>
      METHODS.flatMap((method) => {
        const operation = operations[method];
        if (!operation) return [];
        const filters = (operation.parameters ?? [])
          .filter((one) => one.in === 'query')
          .map(({ name }) => name);
        return [{ method, path, operationId: operation.operationId, filters }];
      }),
    );
  };

  /** All of the first installation that nobody but an admin changes. */
  const holdings = async (): Promise<Record<string, string>> => {
    const digests: Record<string, string> = {};
    for (const table of ['installations', 'installation_versions', 'installation_secrets', 'admin_keys']) {
      const [row] = await service.database.query<{ digest: string }[]>(
        `SELECT count(*) || ' ' || md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest
         FROM ${table} t WHERE t.${table === 'installations' ? 'id' : 'installation_id'} = $1`,
        [play.installation.id],
      );
      digests[table] = row?.digest ?? '';
    }
    return digests;
  };
  /** What admins did there, by the audit trail: orders and deliveries also move by themselves. */
  const doneByAdmins = (): Promise<object[]> =>
    service.database.query<object[]>(
      `SELECT id, actor, action FROM audit_entries WHERE installation_id = $1 AND actor LIKE 'admin_key:%' ORDER BY seq`,
      [play.installation.id],
    );

  const call = ({ method, path, operationId }: Route, query: Record<string, string> = {}): supertest.Test => {
    const url = path
      .replace('{id}', ids[path.split('/')[3] ?? ''] ?? '')
      .replaceAll(/\{(version|other)\}/g, '1')
      .replaceAll(/\{\w+\}/g, () => randomUUID());
    const request = stranger[method](url).set('if-match', '"1"').query(query);
    return method === 'get' ? request : request.send(BODIES[operationId] ?? {});
  };

  it('learn and change nothing of one another on any route (A5)', async () => {
    expect(routes.length).toBeGreaterThan(40);
    const before = [await holdings(), await doneByAdmins()];
    for (const route of routes) {
      if (MAKING.has(route.operationId)) continue;
      const answer = await call(route);
      const what = `${route.method} ${route.path} ${answer.status} ${answer.text}`;
      if (route.path.includes('{id}')) expect(answer.status, what).toBe(404);
      else expect(answer.status, what).toBeLessThan(500);
      for (const mark of marks) expect(answer.text, `${route.method} ${route.path}`).not.toContain(mark);
    }
    expect([await holdings(), await doneByAdmins()]).toEqual(before);
  });

  it('learn nothing of one another by any filter of a list (A5)', async () => {
    const filtered = routes.flatMap((route) => route.filters.map((filter) => ({ route, filter })));
    expect(filtered.length).toBeGreaterThan(20);
    const values: Record<string, string[]> = {
      installationId: [play.installation.id],
      orderId: [ids['orders'] ?? ''],
      cursor: Object.values(ids),
    };
    for (const { route, filter } of filtered) {
      for (const value of values[filter] ?? marks) {
        const answer = await call(route, { [filter]: value });
        const what = `${route.method} ${route.path}?${filter}=${value} ${answer.status}`;
        expect(answer.status, what).toBeLessThan(500);
        // What was asked for may stand in no answer, and nothing else of theirs either.
        for (const mark of marks) expect(answer.text, what).not.toContain(mark);
        if (answer.status === 200 && answer.type === 'application/json' && filter === 'installationId') {
          expect(answer.body, what).toMatchObject({ items: [] });
        }
      }
    }
  });

  it('does find by the same calls what is its own, so that the tests above can fail (A5)', async () => {
    const own = await adminWithRole(service, 'admin', play.installation.id);
    for (const path of ['installations', 'orders', 'deliveries', 'keys', 'dead-letters', 'audit']) {
      const answer = await own.get(`/admin/v1/${path}`).query({ limit: 200 }).expect(200);
      expect(
        marks.some((mark) => answer.text.includes(mark)),
        path,
      ).toBe(true);
    }
  });

  it('take no delivery that was signed for another one, and keep nothing of it (T1)', async () => {
    const kept = async (): Promise<object[]> =>
      service.database.query<object[]>(
        'SELECT installation_id, count(*) FROM deliveries GROUP BY 1 ORDER BY 1',
      );
    const before = await kept();
    const signed = leverWebhook({}, SIGNATURE_TOKEN);
    await play.knock(signed, otherId).expect(401);
    await play.knock(leverWebhook({}, OTHER_TOKEN)).expect(401);
    expect(await kept()).toEqual(before);
    // It was good where it belongs.
    await play.knock(signed).expect(200);
    await play.knock(leverWebhook({}, OTHER_TOKEN), otherId).expect(200);
  });

  it("take no callback with another one's secret, nor with the service's where they have their own (V1)", async () => {
    const callback = (installationId: string, secret: string): supertest.Test =>
      service.anyone
        .post(`/webhooks/victig/${installationId}`)
        .set('authorization', secret)
        .send({ event: 'ping', resourceGuid: randomUUID() });
    await callback(otherId, OWN_SECRET).expect(401);
    await callback(play.installation.id, CALLBACK_SECRET).expect(401);
    await callback(play.installation.id, OWN_SECRET).expect(200);
    await callback(otherId, CALLBACK_SECRET).expect(200);
  });
});

describe("the tenants that share the service's VICTIG token (A5)", () => {
  const OWN_TOKEN = 'a-token-of-the-customers-own';
  const { main, oakland } = SEED.victig.clients;
  const CHOICES: [path: string, patch: object][] = [
    ['victig.clientGuid', { victig: { clientGuid: oakland } }],
    ['settings.subClientBy', { settings: { subClientBy: 'clientName' } }],
    ['settings.subClientPrefix', { settings: { subClientPrefix: 'Office:' } }],
    ['settings.clientCities', { settings: { clientCities: { Reno: oakland } } }],
  ];
  const SETTINGS_CHOICES = CHOICES.filter(([path]) => path.startsWith('settings.')) as [
    string,
    { settings: object },
  ][];

  let service: TestService;
  let play: Play;
  let path: string;
  let bound: supertest.Agent;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    const more = { products: ['Globex Executive Package'] };
    await play.drive('POST', '/victig/clients', { name: 'Globex Corp', code: 'GLOBEX', ...more });
    for (const name of ['Initech East', 'Initech West']) {
      await play.drive('POST', '/victig/clients', { name, code: 'INITECH' });
    }
    await play.drive('POST', '/victig/tokens', { token: OWN_TOKEN });
  });
  afterAll(() => service.stop());
  beforeEach(() => setUp());

  const setUp = async (settings: object = {}): Promise<void> => {
    const id = await createInstallation(service, {
      lever: { apiKey: SEED.lever.apiKey },
      signatureTokens: [SIGNATURE_TOKEN],
      triggerStageIds: ['a-stage'],
      victig: { clientGuid: main },
      settings: { defaultProduct: 'Criminal Package 1', ...settings },
    });
    path = `/admin/v1/installations/${id}`;
    bound = await adminWithRole(service, 'admin', id);
  };
  const patch = (by: supertest.Agent, version: number, body: object): supertest.Test =>
    by.patch(path).set('if-match', `"${version}"`).send(body);
  const restore = (by: supertest.Agent, version: number, current: number): supertest.Test =>
    by.post(`${path}/versions/${version}/restore`).set('if-match', `"${current}"`).send();
  const preview = (by: supertest.Agent, location: string, settings?: object): supertest.Test => {
    const candidate = { name: 'Ana Ruiz', emails: ['ana@example.com'], location };
    return by.post(`${path}/preview`).send({ candidate, ...(settings && { settings }) });
  };
  const shadow = (by: supertest.Agent, settings: object): supertest.Test =>
    by.post(`${path}/shadow`).send({ settings });

  const expectRefusal = async (call: supertest.Test, named: string): Promise<void> => {
    const answer = await call.expect(403);
    expect(answer.body).toMatchObject({ code: 'shared_token' });
    const { detail } = answer.body as { detail: string };
    expect(detail).toContain(named);
    expect(detail).toMatch(/bound to no installation/);
  };

  it.each(CHOICES)(
    'have %s changed by keys that are bound to none of them alone (A5)',
    async (named, body) => {
      await expectRefusal(patch(bound, 1, body), named);
      await patch(bound, 1, { victig: { clientGuid: main }, settings: { subClientBy: 'none' } }).expect(200);
      await patch(bound, 2, { settings: { defaultProduct: 'Criminal Package 2' } }).expect(200);
      await patch(service.admin, 3, body).expect(200);
    },
  );

  it.each(CHOICES)('restore no version with another %s (A5, I3)', async (named, body) => {
    await patch(service.admin, 1, body).expect(200);
    await patch(bound, 2, { name: 'Acme Inc.' }).expect(200);
    await expectRefusal(restore(bound, 1, 3), named);
    await restore(bound, 2, 3).expect(200);
    await restore(service.admin, 1, 4).expect(200);
  });

  it.each(SETTINGS_CHOICES)('preview no other %s (A5, M12)', async (named, { settings }) => {
    for (const role of ['operator', 'admin'] as const) {
      const caller = await adminWithRole(service, role, path.split('/').at(-1));
      await expectRefusal(preview(caller, 'Globex Corp', settings), named);
      await expectRefusal(shadow(caller, settings), named);
      await preview(caller, 'Globex Corp', { productPrefix: null }).expect(200);
      await shadow(caller, { productPrefix: null }).expect(200);
    }
    await preview(service.admin, 'Globex Corp', settings).expect(200);
    await shadow(service.admin, settings).expect(200);
  });

  it('choose for themselves with a token of their own, which they then keep (A5)', async () => {
    const choice = { settings: { subClientBy: 'clientName' } };
    await patch(bound, 1, { victig: { apiToken: OWN_TOKEN, clientGuid: oakland } }).expect(200);
    await patch(bound, 2, choice).expect(200);
    await preview(bound, 'Reno', { subClientBy: 'clientCode' }).expect(200);
    await restore(bound, 1, 3).expect(200);
    await restore(bound, 3, 4).expect(200);
    // What was chosen for one token would be looked for with the other.
    await expectRefusal(patch(bound, 5, { victig: { apiToken: null } }), 'victig.apiToken');
    const both = { victig: { apiToken: null, clientGuid: main } };
    await expectRefusal(patch(bound, 5, both), 'victig.apiToken');
    await patch(bound, 5, { victig: { apiToken: `${OWN_TOKEN}-2` } }).expect(200);
    await patch(service.admin, 6, both).expect(200);
    await patch(bound, 7, { victig: { apiToken: null } }).expect(200);
    await expectRefusal(patch(bound, 8, { settings: { subClientBy: 'none' } }), 'settings.subClientBy');
  });

  it.each(['main', 'error'])(
    'are told by a preview what is wrong, and no name of another (A5, M5): subClientMismatch %s',
    async (subClientMismatch) => {
      await setUp({ subClientBy: 'clientName', subClientMismatch });
      const near = await preview(bound, 'Globex Cor').expect(200);
      expect(near.text).toContain('sub_client_not_found');
      expect(near.text).not.toContain('Globex Corp');
      expect((await preview(service.admin, 'Globex Cor').expect(200)).text).toContain('Globex Corp');
      await setUp({ subClientBy: 'clientCode', subClientMismatch });
      const several = await preview(bound, 'INITECH').expect(200);
      expect(several.text).toContain('sub_client_ambiguous');
      expect(several.text).not.toContain('Initech');
      expect((await preview(service.admin, 'INITECH').expect(200)).text).toContain('Initech East');
    },
  );

  it('are shown the client that their stored settings choose, with its products (A5, M6)', async () => {
    await setUp({ subClientBy: 'clientName' });
    const answer = await preview(bound, 'Acme Oakland').expect(200);
    expect(answer.body).toMatchObject({ order: { client: { guid: oakland, name: 'Acme Oakland' } } });
  });

  it('learn from the check and from what is said of a change no code that others share (A5, I7)', async () => {
    await setUp({ subClientBy: 'clientCode' });
    const calls = (by: supertest.Agent, version: number): supertest.Test[] => [
      by.post(`${path}/check`),
      patch(by, version, { name: 'Acme Inc.' }),
      restore(by, 1, version + 1),
    ];
    for (const call of calls(bound, 1)) {
      const { text } = await call.expect(200);
      expect(text).toContain('sub_client_ambiguous');
      expect(text).not.toContain('INITECH');
    }
    for (const call of calls(service.admin, 3)) {
      expect((await call.expect(200)).text).toContain('2 have \\"INITECH\\"');
    }
  });

  it('learn from the timeline of an order that several clients fit, and not who they are (A5, M5)', async () => {
    await play.setUp({ subClientBy: 'clientCode', subClientMismatch: 'main', subClientPrefix: 'Sub:' });
    const opportunityId = await play.candidate({ tags: ['Sub: INITECH'] });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const told = async (by: supertest.Agent): Promise<string> =>
      (await by.get(`/admin/v1/orders/${id}/timeline`).expect(200)).text;
    const toBound = await told(await adminWithRole(service, 'viewer', play.installation.id));
    expect(toBound).toContain('sub_client_ambiguous');
    expect(toBound).not.toMatch(/Initech (East|West)/);
    expect(await told(service.admin)).toMatch(/Initech East.* and .*Initech West/);
  });
});
