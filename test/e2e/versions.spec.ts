import { randomUUID } from 'node:crypto';
import type supertest from 'supertest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { anyText } from '../support/any-text.js';
import { Play, type Installation } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

interface SeenMark {
  version: number;
  changedBy: string;
  changedAt: string;
  current: boolean;
}

interface SeenPage {
  items: SeenMark[];
  nextCursor: string | null;
}

describe('versions of an installation', () => {
  let service: TestService;
  let play: Play;
  let path: string;

  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());
  beforeEach(async () => {
    play = new Play(service);
    await play.setUp();
    path = `/admin/v1/installations/${play.installation.id}`;
  });
  // Of one Lever account: otherwise it would order for the candidates of the next test too.
  afterEach(() => service.admin.post(`${path}/pause`).expect(200));

  const change = async (version: number, patch: object): Promise<Installation> => {
    const answer = await service.admin.patch(path).set('if-match', `"${version}"`).send(patch).expect(200);
    return answer.body as Installation;
  };

  const restore = (version: number | string, ifMatch: string | null): supertest.Test => {
    const request = service.admin.post(`${path}/versions/${version}/restore`);
    return ifMatch === null ? request : request.set('if-match', ifMatch);
  };

  const audited = (): Promise<{ action: string; data: object }[]> =>
    service.database.query(
      'SELECT action, data FROM audit_entries WHERE installation_id = $1 ORDER BY at, id',
      [play.installation.id],
    );

  it('are each kept with who made them and when, and stay readable (I3)', async () => {
    await change(1, { name: 'Acme Inc.', settings: { productPrefix: 'Package:' } });
    const page = (await service.admin.get(`${path}/versions`).expect(200)).body as SeenPage;
    expect(page).toEqual({
      items: [
        { version: 2, changedBy: anyText, changedAt: anyText, current: true },
        { version: 1, changedBy: anyText, changedAt: anyText, current: false },
      ],
      nextCursor: null,
    });
    expect(page.items.every(({ changedBy }) => changedBy.startsWith('admin_key:'))).toBe(true);

    const first = await service.admin.get(`${path}/versions/1`).expect(200);
    expect(first.body).toMatchObject({
      version: 1,
      current: false,
      name: 'Acme',
      lever: { performAs: null },
      victig: { clientGuid: anyText },
      settings: { productPrefix: 'Product:', defaultProduct: 'Criminal Package 1' },
    });
    const second = await service.admin.get(`${path}/versions/2`).expect(200);
    expect(second.body).toMatchObject({ version: 2, current: true, name: 'Acme Inc.' });
  });

  it('hold no secret and show none, not even its last characters (I2, I3)', async () => {
    await change(1, { victig: { webhookSecret: 'callback-SECRET-9876' } });
    const answers = await Promise.all(
      ['/versions', '/versions/1', '/versions/2', '/versions/1/compare/2'].map((end) =>
        service.admin.get(path + end).expect(200),
      ),
    );
    const seen = JSON.stringify(answers.map(({ body }) => body as unknown));
    expect(seen).not.toMatch(/SECRET|9876|lastFour|apiKey|signatureToken/);
  });

  it('are listed page by page, and new ones move none (I3, P2)', async () => {
    for (let version = 1; version < 5; version += 1) await change(version, { name: `Acme ${version}` });
    const pageOf = async (query: object): Promise<SeenPage> =>
      (await service.admin.get(`${path}/versions`).query(query).expect(200)).body as SeenPage;
    const first = await pageOf({ limit: 2 });
    await change(5, { name: 'Acme 5' });
    const second = await pageOf({ limit: 2, cursor: first.nextCursor });
    const third = await pageOf({ limit: 2, cursor: second.nextCursor });
    const pages = [first, second, third].map(({ items }) => items.map(({ version }) => version));
    expect(pages).toEqual([[5, 4], [3, 2], [1]]);
    expect(third.nextCursor).toBeNull();
  });

  it('are each what its orders were mapped with (I3)', async () => {
    const before = await play.candidate();
    await play.move(before);
    await play.untilStatus(before, 'Pending');
    await change(1, { settings: { defaultProduct: 'Criminal Package 2' } });
    const after = await play.candidate();
    await play.move(after);
    await play.untilStatus(after, 'Pending');

    const orders = [await play.order(before), await play.order(after)];
    const mapped = await Promise.all(
      orders.map(async (order) => {
        const answer = await service.admin
          .get(`${path}/versions/${String(order['settingsVersion'])}`)
          .expect(200);
        return (answer.body as { settings: { defaultProduct: string } }).settings.defaultProduct;
      }),
    );
    expect(orders.map((order) => order['settingsVersion'])).toEqual([1, 2]);
    expect(mapped).toEqual(['Criminal Package 1', 'Criminal Package 2']);
    expect(orders.map((order) => (order['product'] as { name: string }).name)).toEqual(mapped);
  });

  it('are named by whole numbers from 1 as they are written, and by nothing else (I3, F6)', async () => {
    await change(1, { name: 'Acme Inc.' });
    for (const odd of ['0x1', '1e0', '01', '1.0', '%201', '1%20', '+1', '%2B1', '0', '-1', '1000000000']) {
      for (const end of [`/versions/${odd}`, `/versions/${odd}/compare/2`, `/versions/2/compare/${odd}`]) {
        const refused = await service.admin.get(`${path}${end}`);
        expect(refused.status, end).toBe(400);
        expect(refused.body).toMatchObject({ code: 'malformed_request' });
      }
      expect((await restore(odd, '"2"')).status, odd).toBe(400);
    }
    await service.admin.get(`${path}/versions/1/compare/2`).expect(200);
  });

  it('can be compared, in either direction (I3)', async () => {
    await change(1, {
      triggerStageIds: ['another-stage'],
      settings: { productPrefix: null, quickApp: { email: true, text: true }, clientCities: { Reno: 'g' } },
    });
    const compare = async (a: number, b: number): Promise<{ changes: unknown[] }> =>
      (await service.admin.get(`${path}/versions/${a}/compare/${b}`).expect(200)).body as {
        changes: unknown[];
      };
    expect(await compare(1, 2)).toEqual({
      before: 1,
      after: 2,
      changes: [
        { path: 'settings.clientCities.Reno', after: 'g' },
        { path: 'settings.productPrefix', before: 'Product:', after: null },
        { path: 'settings.quickApp.text', before: false, after: true },
        { path: 'triggerStageIds', before: [anyText], after: ['another-stage'] },
      ],
    });
    expect((await compare(2, 1)).changes).toContainEqual({
      path: 'settings.productPrefix',
      before: null,
      after: 'Product:',
    });
    expect((await compare(2, 2)).changes).toEqual([]);
  });

  it('can be restored: as a new version that equals the old one, and the audit trail says so (I3, A1)', async () => {
    await change(1, {
      name: 'Wrong',
      triggerStageIds: ['somewhere-else'],
      lever: { performAs: 'someone' },
      victig: { clientGuid: 'wrong', webhookSecret: 'a-secret-that-is-kept' },
      settings: { defaultProduct: 'Wrong', clientCities: { Reno: 'g' } },
    });
    const restored = await restore(1, '"2"').expect(200).expect('etag', '"3"');
    expect(restored.body).toMatchObject({
      id: play.installation.id,
      state: 'active',
      name: 'Acme',
      settingsVersion: 3,
      lever: { performAs: null, apiKey: { set: true } },
      victig: { webhookSecret: { set: true, lastFour: 'kept' } },
      settings: { defaultProduct: 'Criminal Package 1', clientCities: {} },
    });
    const comparison = await service.admin.get(`${path}/versions/1/compare/3`).expect(200);
    expect(comparison.body).toMatchObject({ changes: [] });
    const second = await service.admin.get(`${path}/versions/2`).expect(200);
    expect(second.body).toMatchObject({ name: 'Wrong' });
    expect((await audited()).at(-1)).toEqual({
      action: 'installation.restored',
      data: { settingsVersion: 3, restoredVersion: 1 },
    });

    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    expect((await play.order(opportunityId))['settingsVersion']).toBe(3);
  });

  it('are restored only against the version that was read (I3, P4)', async () => {
    await change(1, { name: 'Acme 2' });
    expect((await restore(1, null).expect(428)).body).toMatchObject({ code: 'if_match_missing' });
    expect((await restore(1, '"1"').expect(412)).body).toMatchObject({ code: 'stale_version' });
    const both = await Promise.all([restore(1, '"2"'), restore(1, '"2"')]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
  });

  it('are not restored where they break a rule of today, and every fault is named (I3)', async () => {
    await change(1, { name: 'Acme 2' });
    // As a version from before the rules of prefixes would be.
    await service.database.query(
      `UPDATE installation_versions
       SET configuration = jsonb_set(jsonb_set(configuration, '{settings,productPrefix}', '"Flag:"'), '{settings,holdSeconds}', '-1')
       WHERE installation_id = $1 AND version = 1`,
      [play.installation.id],
    );
    const refused = await restore(1, '"2"').expect(409);
    expect(refused.body).toMatchObject({
      code: 'version_not_restorable',
      errors: [
        { path: 'settings.holdSeconds', message: anyText },
        { path: 'settings.flag.prefix', message: anyText },
      ],
    });
    const read = await service.admin.get(path).expect(200);
    expect(read.body).toMatchObject({ settingsVersion: 2 });
  });

  it('are not restored where an active installation would have no certification (I3, V5)', async () => {
    await change(1, { name: 'Acme 2' });
    // As a version from before a blank certification was refused would be.
    await service.database.query(
      `UPDATE installation_versions
       SET configuration = jsonb_set(configuration, '{certification,statement}', '" "')
       WHERE installation_id = $1 AND version = 1`,
      [play.installation.id],
    );
    const refused = await restore(1, '"2"').expect(409);
    expect(refused.body).toMatchObject({ code: 'not_ready', errors: [{ path: 'certification' }] });
    const read = await service.admin.get(path).expect(200);
    expect(read.body).toMatchObject({ settingsVersion: 2, certification: { statement: anyText } });
  });

  it('that are not there or no numbers are refused (P1)', async () => {
    for (const [end, status, code] of [
      ['/versions/2', 404, 'version_not_found'],
      ['/versions/1/compare/2', 404, 'version_not_found'],
      ['/versions/2/compare/1', 404, 'version_not_found'],
      ['/versions/0', 400, 'malformed_request'],
      ['/versions/99999999999', 400, 'malformed_request'],
      ['/versions/one', 400, 'malformed_request'],
      ['/versions/1/compare/-1', 400, 'malformed_request'],
      ['/versions?limit=201', 400, 'invalid_request'],
      ['/versions?cursor=x', 400, 'invalid_request'],
    ] as const) {
      const answer = await service.admin.get(path + end).expect(status);
      expect(answer.body).toMatchObject({ code });
    }
    expect((await restore(7, '"1"').expect(404)).body).toMatchObject({ code: 'version_not_found' });
    const elsewhere = `/admin/v1/installations/${randomUUID()}/versions`;
    expect((await service.admin.get(elsewhere).expect(404)).body).toMatchObject({
      code: 'installation_not_found',
    });
  });

  it('are read by everyone who reads installations, and restored by an admin alone (A5, I3)', async () => {
    await change(1, { name: 'Acme 2' });
    for (const role of ['viewer', 'operator', 'auditor'] as const) {
      const caller = await adminWithRole(service, role);
      await caller.get(`${path}/versions`).expect(200);
      await caller.get(`${path}/versions/1`).expect(200);
      await caller.get(`${path}/versions/1/compare/2`).expect(200);
      await caller.post(`${path}/versions/1/restore`).set('if-match', '"2"').expect(403);
    }
    const elsewhere = await new Play(service).setUp();
    const foreigner = await adminWithRole(service, 'admin', elsewhere.id);
    for (const end of ['', '/1', '/1/compare/2']) {
      await foreigner.get(`${path}/versions${end}`).expect(404);
    }
    await foreigner.post(`${path}/versions/1/restore`).set('if-match', '"2"').expect(404);
    const owner = await adminWithRole(service, 'admin', play.installation.id);
    await owner.post(`${path}/versions/1/restore`).set('if-match', '"2"').expect(200);
  });
});
