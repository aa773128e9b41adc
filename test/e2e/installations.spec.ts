import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { anyText } from '../support/any-text.js';
import { CERTIFICATION, newInstallation } from '../support/new-installation.js';
import { leverWebhook, Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const SECRETS = {
  apiKey: 'lever-api-key-SECRET-1111',
  signatureToken: 'signature-token-SECRET-2222',
  apiToken: 'victig-token-SECRET-3333',
  webhookSecret: 'callback-secret-SECRET-4444',
};

const full = {
  name: 'Acme',
  lever: { apiKey: SECRETS.apiKey, performAs: '32bc4d3b-0000-4000-8000-2e575047001e' },
  signatureTokens: [SECRETS.signatureToken],
  triggerStageIds: [TRIGGER_STAGE],
  victig: { clientGuid: 'client-guid', apiToken: SECRETS.apiToken, webhookSecret: SECRETS.webhookSecret },
  certification: CERTIFICATION,
  settings: { defaultProduct: 'Criminal Package 1' },
};

const minimal = newInstallation({ name: 'Small', victig: { clientGuid: 'client-guid' } });

const BASE = '/admin/v1/installations';

describe('installations by the admin API', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  const create = async (body: object): Promise<Record<string, never> & { id: string }> => {
    const answer = await service.admin.post(BASE).send(body).expect(201);
    return answer.body as Record<string, never> & { id: string };
  };

  it('holds what a customer is: names, stages, client, certification, settings, state (I1)', async () => {
    const created = await create(full);
    expect(created).toEqual({
      id: anyText,
      name: 'Acme',
      state: 'draft',
      settingsVersion: 1,
      lever: {
        apiKey: { set: true, lastFour: '1111' },
        oauth: null,
        performAs: '32bc4d3b-0000-4000-8000-2e575047001e',
      },
      signatureTokens: [{ id: anyText, set: true, lastFour: '2222', createdAt: anyText }],
      triggerStageIds: [TRIGGER_STAGE],
      victig: {
        clientGuid: 'client-guid',
        apiToken: { set: true, lastFour: '3333' },
        webhookSecret: { set: true, lastFour: '4444' },
      },
      certification: full.certification,
      settings: {
        statusPrefix: 'Background Check Status:',
        defaultProduct: 'Criminal Package 1',
        productPrefix: 'Product:',
        productMismatch: 'error',
        subClientBy: 'none',
        subClientPrefix: null,
        subClientMismatch: 'main',
        clientCities: {},
        referenceBy: 'none',
        referencePrefix: null,
        flag: { enabled: true, prefix: 'Flag:' },
        decision: { enabled: true, prefix: 'Decision:' },
        quickApp: { email: true, text: false },
        reorder: 'never',
        holdSeconds: 0,
        attachReport: false,
      },
      retention: { days: null, floorDays: 0, removeFromLever: false },
      webhookUrls: {
        lever: `https://service.example/webhooks/lever/${created.id}`,
        victig: `https://service.example/webhooks/victig/${created.id}`,
      },
      createdAt: anyText,
      updatedAt: anyText,
      // Said of credentials that neither knows; saving-warnings.spec.ts tells more.
      warnings: [
        expect.objectContaining({ severity: 'warning', code: 'lever_refused' }),
        expect.objectContaining({ severity: 'warning', code: 'victig_refused' }),
      ],
    });
    const read = await service.admin.get(`${BASE}/${created.id}`).expect(200).expect('etag', '"1"');
    const { warnings: _saidOnSaving, ...kept } = created;
    expect(read.body).toEqual(kept);
  });

  it('needs only what the contract says is required, and shows unset secrets as null (I1)', async () => {
    const created = await create(minimal);
    expect(created).toMatchObject({
      lever: { apiKey: null, performAs: null },
      signatureTokens: [],
      victig: { apiToken: null, webhookSecret: null },
    });
  });

  it('never returns a secret, and stores none in the clear (I2)', async () => {
    const created = await create(full);
    const answers = [created, (await service.admin.get(BASE).expect(200)).body as unknown];
    const patched = await service.admin
      .patch(`${BASE}/${created.id}`)
      .set('if-match', '"1"')
      .send({ lever: { apiKey: 'another-SECRET-5555' } })
      .expect(200);
    const tables = ['installations', 'installation_versions', 'installation_secrets', 'audit_entries'];
    const rows = await Promise.all(
      tables.map((table) => service.database.query(`SELECT row_to_json(t)::text FROM ${table} t`)),
    );
    const sealed = await service.database.query<{ text: string }[]>(
      `SELECT encode(sealed, 'escape') AS text FROM installation_secrets`,
    );
    const everything = JSON.stringify([answers, patched.body, rows, sealed]);
    expect(everything).not.toContain('SECRET');
    expect(everything).toContain('5555');
    for (const secret of Object.values(SECRETS)) {
      expect(everything).not.toContain(Buffer.from(secret).toString('base64'));
      expect(everything).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  it('has on record which secrets and signature tokens it was created with (A1)', async () => {
    const recorded = (id: string): Promise<unknown[]> =>
      service.database.query(
        'SELECT action, data, settings_version FROM audit_entries WHERE installation_id = $1 ORDER BY seq',
        [id],
      );
    const asked = { ...full, signatureTokens: ['token-no-1', 'token-no-2'] };
    const created = (await service.admin.post(BASE).send(asked).expect(201)).body as {
      id: string;
      signatureTokens: { id: string }[];
    };
    const secretsSet = ['lever_api_key', 'victig_api_token', 'victig_webhook_secret'];
    expect(await recorded(created.id)).toEqual([
      { action: 'installation.created', data: { settingsVersion: 1, secretsSet }, settings_version: 1 },
      ...created.signatureTokens.map(({ id }) => ({
        action: 'signature_token.added',
        data: { tokenId: id },
        settings_version: 1,
      })),
    ]);
    const { id } = await create({ ...minimal, victig: { clientGuid: 'client-guid', apiToken: null } });
    expect(await recorded(id)).toEqual([
      { action: 'installation.created', data: { settingsVersion: 1, secretsSet: [] }, settings_version: 1 },
    ]);
  });

  it('has on record which secrets a change set, and which it took away (A1)', async () => {
    const { id } = await create({ ...full, victig: { ...full.victig, apiToken: null } });
    const change = async (body: object): Promise<unknown> => {
      await service.admin.patch(`${BASE}/${id}`).set('if-match', '*').send(body).expect(200);
      const [recorded] = await service.database.query<{ data: Record<string, unknown> }[]>(
        `SELECT data - 'settingsVersion' AS data FROM audit_entries
         WHERE installation_id = $1 AND action = 'installation.changed' ORDER BY seq DESC LIMIT 1`,
        [id],
      );
      return recorded?.data;
    };
    expect(await change({ victig: { webhookSecret: 'another-secret-of-theirs' } })).toEqual({
      secretsSet: ['victig_webhook_secret'],
    });
    // There is no token to be taken away.
    expect(
      await change({
        lever: { apiKey: 'another-key-0001' },
        victig: { apiToken: null, webhookSecret: null },
      }),
    ).toEqual({ secretsSet: ['lever_api_key'], secretsRemoved: ['victig_webhook_secret'] });
    expect(await change({ victig: { webhookSecret: null } })).toEqual({ secretsSet: [] });
  });

  it('lets in deliveries signed with any of several tokens until one is ended (I1)', async () => {
    const play = new Play(service);
    const { id } = await play.setUp();
    const added = await service.admin
      .post(`${BASE}/${id}/signature-tokens`)
      .send({ token: 'the-next-signature-token' })
      .expect(201);
    await play.knock(leverWebhook({}, SIGNATURE_TOKEN)).expect(200);
    await play.knock(leverWebhook({}, 'the-next-signature-token')).expect(200);

    const read = await service.admin.get(`${BASE}/${id}`).expect(200);
    const tokens = (read.body as { signatureTokens: { id: string }[] }).signatureTokens;
    expect(tokens).toHaveLength(2);
    const old = tokens.find((token) => token.id !== (added.body as { id: string }).id);
    await service.admin.delete(`${BASE}/${id}/signature-tokens/${old?.id}`).expect(204);
    await service.admin.delete(`${BASE}/${id}/signature-tokens/${old?.id}`).expect(404);
    await play.knock(leverWebhook({}, SIGNATURE_TOKEN)).expect(401);
    await play.knock(leverWebhook({}, 'the-next-signature-token')).expect(200);
  });

  it('takes no spaces and line breaks for part of a secret that was pasted (I5, I2)', async () => {
    const pasted = (secret: string): string => `\t${secret} \r\n`;
    const created = await create({
      ...full,
      lever: { apiKey: pasted(SEED.lever.apiKey) },
      signatureTokens: [pasted(SIGNATURE_TOKEN)],
      victig: {
        clientGuid: SEED.victig.clients.main,
        apiToken: pasted('demo-victig-token'),
        webhookSecret: pasted(SECRETS.webhookSecret),
      },
    });
    const path = `${BASE}/${created.id}`;
    expect(created).toMatchObject({
      lever: { apiKey: { lastFour: SEED.lever.apiKey.slice(-4) } },
      signatureTokens: [{ lastFour: SIGNATURE_TOKEN.slice(-4) }],
      victig: { apiToken: { lastFour: 'oken' }, webhookSecret: { lastFour: '4444' } },
    });
    // Both vendors take what is sent to them.
    await service.admin.post(`${path}/activate`).expect(200);
    const play = new Play(service);
    await play.knock(leverWebhook(), created.id).expect(200);

    const tokens = `${path}/signature-tokens`;
    await service.admin
      .post(tokens)
      .send({ token: pasted('added-later') })
      .expect(201);
    await play.knock(leverWebhook({}, 'added-later'), created.id).expect(200);
    await service.admin.post(tokens).send({ token: 'added-later\n' }).expect(409);
    for (const token of [pasted(''), pasted('short'), [pasted('in-a-list')], 12_345_678]) {
      await service.admin.post(tokens).send({ token }).expect(400);
    }
    const same = [SIGNATURE_TOKEN, pasted(SIGNATURE_TOKEN)];
    await service.admin
      .post(BASE)
      .send({ ...full, signatureTokens: same })
      .expect(400);
  });

  it('has each signature token once, so that one that is ended lets nothing in any more (I6)', async () => {
    const play = new Play(service);
    const { id } = await play.setUp();
    const tokens = `${BASE}/${id}/signature-tokens`;
    const added = (await service.admin.post(tokens).send({ token: 'sent-twice-by-mistake' }).expect(201))
      .body as {
      id: string;
    };
    const refused = (await service.admin.post(tokens).send({ token: 'sent-twice-by-mistake' }).expect(409))
      .body as {
      code: string;
      detail: string;
    };
    expect(refused.code).toBe('signature_token_exists');
    expect(refused.detail).toContain(added.id);
    await service.admin.delete(`${tokens}/${added.id}`).expect(204);
    await play.knock(leverWebhook({}, 'sent-twice-by-mistake')).expect(401);
    await service.admin.post(tokens).send({ token: 'sent-twice-by-mistake' }).expect(201);
  });

  it('has ten signature tokens at most, also of those that come at once (I6)', async () => {
    const { id } = await create(full);
    const tokens = `${BASE}/${id}/signature-tokens`;
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_none, n) => service.admin.post(tokens).send({ token: `token-no-${n}` })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array<number>(9).fill(201),
      ...Array<number>(3).fill(409),
    ]);
    for (const { body } of answers.filter(({ status }) => status === 409)) {
      expect(body).toMatchObject({ code: 'too_many_signature_tokens' });
    }
    const [first] = (
      (await service.admin.get(`${BASE}/${id}`).expect(200)).body as {
        signatureTokens: { id: string }[];
      }
    ).signatureTokens;
    await service.admin.delete(`${tokens}/${first?.id}`).expect(204);
    await service.admin.post(tokens).send({ token: 'now there is room' }).expect(201);
  });

  it('changes what is given and nothing else, as a new version, against the version that was read (P4)', async () => {
    const { id } = await create(full);
    const path = `${BASE}/${id}`;
    await service.admin.patch(path).send({ name: 'x' }).expect(428);
    await service.admin.patch(path).set('if-match', '"2"').send({ name: 'x' }).expect(412);
    await service.admin.patch(path).set('if-match', 'rubbish').send({ name: 'x' }).expect(412);
    for (const wrong of [{ name: null }, { victig: { clientGuid: null } }, { settings: null }, { id: 'x' }]) {
      await service.admin.patch(path).set('if-match', '"1"').send(wrong).expect(400);
    }
    const changed = await service.admin
      .patch(path)
      .set('if-match', '"1"')
      .send({
        name: 'Acme Inc.',
        victig: { apiToken: null },
        settings: { productPrefix: 'Package – ', flag: { enabled: false, prefix: 'F:' } },
      })
      .expect(200)
      .expect('etag', '"2"');
    expect(changed.body).toMatchObject({
      name: 'Acme Inc.',
      settingsVersion: 2,
      lever: { apiKey: { set: true, lastFour: '1111' } },
      victig: { clientGuid: 'client-guid', apiToken: null, webhookSecret: { set: true } },
      settings: {
        defaultProduct: 'Criminal Package 1',
        productPrefix: 'Package – ',
        flag: { enabled: false, prefix: 'F:' },
        decision: { enabled: true, prefix: 'Decision:' },
      },
    });
  });

  it('is activated only with all it needs, and names everything that is missing', async () => {
    const bare = await create(minimal);
    const refused = await service.admin.post(`${BASE}/${bare.id}/activate`).expect(409);
    expect(refused.body).toMatchObject({ code: 'not_ready' });
    const { errors } = refused.body as { errors: { path: string }[] };
    expect(new Set(errors.map(({ path }) => path))).toEqual(
      new Set(['lever.apiKey', 'signatureTokens', 'triggerStageIds', 'victig.clientGuid']),
    );
    const ready = await create({
      ...full,
      lever: { apiKey: SEED.lever.apiKey },
      victig: { clientGuid: SEED.victig.clients.main },
    });
    const active = await service.admin.post(`${BASE}/${ready.id}/activate`).expect(200);
    expect(active.body).toMatchObject({ state: 'active' });
    const paused = await service.admin.post(`${BASE}/${ready.id}/pause`).expect(200);
    expect(paused.body).toMatchObject({ state: 'paused' });
  });

  it('is not paused while it is a draft, for it was never active', async () => {
    const draft = await create(minimal);
    const refused = await service.admin.post(`${BASE}/${draft.id}/pause`).expect(409);
    expect(refused.body).toMatchObject({ code: 'not_active' });
    expect((await service.admin.get(`${BASE}/${draft.id}`).expect(200)).body).toMatchObject({
      state: 'draft',
    });
  });

  it.each([
    ['nothing', {}, ['name', 'lever', 'triggerStageIds', 'victig', 'certification', 'settings']],
    ['an unknown field', { ...minimal, colour: 'red' }, ['colour']],
    ['an unknown inner field', { ...minimal, lever: { key: 'x' } }, ['lever.key']],
    ['a blank name', { ...minimal, name: '  ' }, ['name']],
    ['no client', { ...minimal, victig: {} }, ['victig.clientGuid']],
    ['a client that is a path', { ...minimal, victig: { clientGuid: '../x' } }, ['victig.clientGuid']],
    [
      'a certification without a date',
      { ...minimal, certification: { ...full.certification, certifiedAt: 'today' } },
      ['certification.certifiedAt'],
    ],
    [
      'a blank certification',
      { ...minimal, certification: { ...full.certification, certifiedBy: ' ', statement: '\u2003\n' } },
      ['certification.certifiedBy', 'certification.statement'],
    ],
    ['no default product', { ...minimal, settings: {} }, ['settings.defaultProduct']],
    [
      'an unknown setting',
      { ...minimal, settings: { ...minimal.settings, colour: 'red' } },
      ['settings.colour'],
    ],
  ])('refuses %s with a problem that names it (P1)', async (_name, body, paths) => {
    const answer = await service.admin.post(BASE).send(body).expect(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const problem = answer.body as { code: string; status: number; errors: { path: string }[] };
    expect(problem.status).toBe(400);
    expect(problem.code).toMatch(/^invalid_(request|settings)$/);
    expect([...new Set(problem.errors.map(({ path }) => path))].toSorted()).toEqual(paths.toSorted());
  });

  it('refuses a certification that is still to come, new or changed, and names it (V5)', async () => {
    const inMinutes = (minutes: number): object => {
      const certifiedAt = new Date(service.clock.now().getTime() + minutes * 60_000).toISOString();
      return { certification: { ...full.certification, certifiedAt } };
    };
    const created = await service.admin
      .post(BASE)
      .send({ ...minimal, ...inMinutes(4) })
      .expect(201);
    const { id } = created.body as { id: string };
    const refusals = [
      await service.admin.post(BASE).send({ ...minimal, ...inMinutes(6) }),
      await service.admin.patch(`${BASE}/${id}`).set('if-match', '"1"').send(inMinutes(6)),
      await service.admin
        .patch(`${BASE}/${id}`)
        .set('if-match', '"1"')
        .send({ certification: { ...full.certification, certifiedAt: '2099-W01-1' } }),
    ];
    for (const { status, body } of refusals) {
      expect({ status, body: body as object }).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ path: 'certification.certifiedAt' }] },
      });
    }
    const kept = await service.admin.get(`${BASE}/${id}`).expect(200);
    expect(kept.body).toMatchObject({ settingsVersion: 1 });
  });

  it.each([
    ['get', `${BASE}/${randomUUID()}`, 404, 'installation_not_found'],
    ['get', `${BASE}/no-uuid`, 400, 'malformed_request'],
    ['get', `${BASE}?limit=0`, 400, 'invalid_request'],
    ['get', `${BASE}?limit=201`, 400, 'invalid_request'],
    ['get', `/admin/v1/orders?status=lost`, 400, 'invalid_request'],
    ['get', `/admin/v1/orders/${randomUUID()}`, 404, 'order_not_found'],
    ['get', '/admin/v1/nothing', 404, 'route_not_found'],
    ['post', `${BASE}/${randomUUID()}/activate`, 404, 'installation_not_found'],
  ] as const)('answers %s %s with %i and the code %s (P1)', async (method, path, status, code) => {
    const answer = await service.admin[method](path).expect(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      type: `urn:lever-victig:problem:${code}`,
      status,
      code,
      title: anyText,
      detail: anyText,
    });
  });

  it('names what is no id in a path (P1)', async () => {
    const answer = await service.admin.get('/admin/v1/orders/576469').expect(400);
    expect(answer.body).toMatchObject({
      detail: '`id` in the path must be an id, which is a UUID.',
      errors: [{ path: 'id' }],
    });
  });

  it('pages through lists by cursor without losing or repeating any (P2)', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = cursor ? { limit: '2', cursor } : { limit: '2' };
      const answer = await service.admin.get(BASE).query(query).expect(200);
      const page = answer.body as { items: { id: string }[]; nextCursor: string | null };
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    const [row] = await service.database.query<{ count: string }[]>('SELECT count(*) FROM installations');
    expect(seen).toHaveLength(Number(row?.count));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('is closed without a valid key, on every admin route', async () => {
    const paths = [BASE, `${BASE}/${randomUUID()}`, '/admin/v1/orders', '/admin/v1/orders/x/timeline'];
    for (const path of paths) {
      const answer = await service.anyone.get(path).expect(401);
      expect(answer.body).toMatchObject({ code: 'unauthenticated' });
      await service.anyone.get(path).set('authorization', 'Bearer wrong').expect(401);
      await service.anyone.get(path).set('authorization', 'Basic dGVzdDp0ZXN0').expect(401);
    }
  });

  it('serves Swagger UI, the OpenAPI document and the probes to anyone', async () => {
    await service.anyone
      .get('/docs')
      .expect(200)
      .expect(/swagger-ui/);
    const document = await service.anyone.get('/openapi.json').expect(200);
    expect(document.body).toMatchObject({ openapi: '3.1.0' });
    await service.anyone.get('/health/live').expect(200);
    await service.anyone.get('/health/ready').expect(200);
    await service.anyone
      .get('/metrics')
      .expect(200)
      .expect(/process_cpu/);
  });
});
