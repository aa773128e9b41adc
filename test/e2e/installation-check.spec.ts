import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { FINDINGS, type Finding, type FindingCode } from '../../src/installations/finding.js';
import { comeBack, decideAtLever } from '../support/consent.js';
import { newInstallation } from '../support/new-installation.js';
import { leverWebhook, Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { TAMPERED } from '../support/tampered.js';

const DAY_MS = 86_400_000;
const { main } = SEED.victig.clients;
const WHOLE = newInstallation({
  lever: { apiKey: SEED.lever.apiKey },
  signatureTokens: [SIGNATURE_TOKEN],
  triggerStageIds: [TRIGGER_STAGE],
});
const ALL_SCOPES = ['stages', 'webhooks', 'postings', 'opportunities', 'applications', 'users'].map(
  (list) => `${list}:read:admin`,
);

const { recruiter } = SEED.lever.users;

/** One way in which an installation is not as it should be. */
interface Provocation {
  /** What it is created with, other than what is right. */
  changes?: object;
  before?: () => Promise<unknown>;
  after?: (id: string) => Promise<void>;
  /** What the finding names. */
  says?: string;
  /** Where; in the service that is set up well, unless something else is said. */
  on?: () => TestService;
}

describe('the check of an installation (I7)', () => {
  let service: TestService;
  let bareService: TestService;
  let play: Play;
  let passedDays = 0;

  beforeAll(async () => {
    service = await startTestService({
      LEVER_CLIENT_ID: SEED.lever.oauthClientId,
      LEVER_CLIENT_SECRET: SEED.lever.oauthClientSecret,
    });
    bareService = await startTestService({
      PUBLIC_URL: 'http://service.example',
      ALLOW_PRIVATE_VENDOR_HOSTS: 'false',
      VICTIG_API_TOKEN: '',
      VICTIG_WEBHOOK_SECRET: '',
    });
    play = new Play(service);
  });
  beforeEach(() => play.drive('POST', '/reset'));
  afterEach(() => {
    service.clock.forward(-passedDays * DAY_MS);
    passedDays = 0;
  });
  afterAll(async () => {
    await bareService.stop();
    await service.stop();
  });

  const create = async (changes: object = {}, on = service): Promise<string> => {
    const body = { ...WHOLE, ...changes };
    const answer = await on.admin.post('/admin/v1/installations').send(body).expect(201);
    return (answer.body as { id: string }).id;
  };
  const check = async (id: string, on = service): Promise<{ ok: boolean; findings: Finding[] }> => {
    const answer = await on.admin.post(`/admin/v1/installations/${id}/check`).expect(200);
    return answer.body as { ok: boolean; findings: Finding[] };
  };
  const settings = (more: object) => ({ settings: { ...WHOLE.settings, ...more } });
  const fault = (vendor: string, path: string, status: number) =>
    play.drive('POST', '/faults', { vendor, match: { path }, kind: 'status', status, times: null });
  const oddRow = (path: string, row: object) => {
    const answer = { kind: 'status', status: 200, body: [row, { code: 'neither id nor name' }], times: null };
    return play.drive('POST', '/faults', { vendor: 'victig', match: { path: `${path}$` }, ...answer });
  };
  const keyWithout = async (list: string) => {
    const scopes = ALL_SCOPES.filter((scope) => !scope.startsWith(list));
    await play.drive('POST', '/lever/keys', { key: `key-without-${list}`, scopes });
  };
  const client = (fields: object) => play.drive('POST', '/victig/clients', fields);
  const product = (name: string, usesQuickapp = true) =>
    play.drive('POST', '/victig/products', { clientGuid: main, name, usesQuickapp });

  it('finds no error where all is well, names the stage, and writes nothing at the vendors', async () => {
    const { ok, findings } = await check(await create());
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(ok).toBe(true);
    expect(findings.find(({ code }) => code === 'trigger_stage_found')?.message).toContain(
      'Background Check',
    );
    const calls = await play.drive<{ method?: string; operation: string }[]>('GET', '/calls');
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.length).toBeLessThanOrEqual(12);
    expect(calls.filter(({ operation }) => /^(POST|PUT|DELETE|PATCH)/.test(operation))).toEqual([]);
  });

  /** How each finding there is comes about: an entry that is missing does not compile, and fails the test below. */
  const PROVOCATIONS: Record<FindingCode, Provocation[]> = {
    lever_credentials_missing: [{ changes: { lever: {} } }],
    lever_refused: [{ changes: { lever: { apiKey: 'nobody-knows-this' } } }],
    lever_permission_missing: ['stages', 'postings', 'opportunities', 'applications'].map((list) => ({
      changes: { lever: { apiKey: `key-without-${list}` } },
      before: () => keyWithout(list),
      says: `${list}:read:admin`,
    })),
    lever_not_verified: [
      { changes: { lever: { apiKey: 'key-without-webhooks' } }, before: () => keyWithout('webhooks') },
      {
        changes: { lever: { apiKey: 'key-without-users', performAs: 'somebody' } },
        before: () => keyWithout('users'),
      },
    ],
    lever_list_missing: ['/postings', '/opportunities', '/webhooks'].map((path) => ({
      before: () => fault('lever', path, 404),
      says: `GET ${path}`,
    })),
    lever_access_ends: [{ changes: { lever: {} }, after: grantedLongAgo }],
    lever_unreachable: [{ before: () => fault('lever', '/stages', 503) }],
    lever_clock_skew: [{ after: () => letPass(1) }],
    perform_as_unknown: [{ changes: { lever: { ...WHOLE.lever, performAs: 'nobody' } } }],
    perform_as_deactivated: [
      {
        changes: { lever: { ...WHOLE.lever, performAs: recruiter } },
        before: () => play.drive('POST', `/lever/users/${recruiter}/deactivate`),
      },
    ],
    perform_as_missing: [{ after: (id) => savedBeforeItsRule(id, 'settings', { attachReport: true }) }],
    trigger_stage_not_set: [{ changes: { triggerStageIds: [] } }],
    trigger_stage_unknown: [{ changes: { triggerStageIds: ['no-such-stage'] } }],
    trigger_stage_found: [{}],
    secret_unreadable: (
      [
        ['lever_api_key', 'lever.apiKey'],
        ['signature_token', 'signatureTokens'],
        ['victig_api_token', 'victig.apiToken'],
        ['victig_webhook_secret', 'victig.webhookSecret'],
      ] as const
    ).map(([kind, says]) => ({
      changes: { victig: { clientGuid: main, apiToken: 'demo-victig-token', webhookSecret: 'of-its-own' } },
      after: (id) => tampered(id, kind),
      says,
    })),
    signature_token_missing: [{ changes: { signatureTokens: [] } }],
    webhook_missing: [{}],
    webhook_several: [{ after: (id) => hook(id, 2) }],
    webhook_found: [{ after: (id) => hook(id, 1) }],
    delivery_never_seen: [{}],
    delivery_long_ago: [{ after: deliveredLongAgo }],
    deliveries_refused: [{ after: refusedFor('a token that is not here') }],
    public_url_not_https: [{ on: bare }],
    victig_token_missing: [{ on: bare }],
    victig_refused: [{ changes: { victig: { clientGuid: main, apiToken: 'nobody-knows-this' } } }],
    victig_permission_missing: [{ before: () => fault('victig', '/products', 403) }],
    victig_unreachable: [{ before: () => fault('victig', '/products', 503) }],
    victig_clock_skew: [{ after: () => letPass(1) }],
    victig_token_reads_no_cities: [{ changes: settings({ subClientBy: 'clientCity' }) }],
    victig_client_unknown: [{ changes: { victig: { clientGuid: 'no-such-client' } } }],
    victig_client_not_active: [
      {
        changes: { victig: { clientGuid: 'closed-client' } },
        before: () => client({ name: 'Closed', clientGuid: 'closed-client', status: 'INACTIVE' }),
      },
    ],
    victig_rows_unreadable: [
      { before: () => oddRow('/clients', { clientGuid: main, name: 'Acme' }), says: 'clients' },
      {
        before: () => oddRow('/products', { clientProductGuid: 'cp-1', productName: 'Criminal Package 1' }),
        says: 'products',
      },
    ],
    victig_secret_missing: [{ on: bare }],
    default_product_unknown: [{ changes: settings({ defaultProduct: 'criminal package 1' }) }],
    product_name_twice: [{ before: () => product('Criminal Package 1') }],
    product_without_quickapp: [
      { changes: settings({ defaultProduct: 'By Paper' }), before: () => product('By Paper', false) },
    ],
    sub_clients_missing: [
      {
        changes: { ...settings({ subClientBy: 'clientName' }), victig: narrow() },
        before: narrowToken,
      },
    ],
    sub_clients_of_others: [
      { subClientBy: 'clientName' },
      { subClientBy: 'clientCity', clientCities: { Oakland: main } },
    ].map((choice) => ({
      changes: settings(choice),
      after: async () =>
        void (await create({ name: 'Another customer', victig: { clientGuid: 'another-client' } })),
    })),
    status_prefix_shared: ['Check:', 'Check: of Acme:', 'Check'].map((statusPrefix) => ({
      changes: settings({ statusPrefix: 'Check:' }),
      after: async () => void (await create(settings({ statusPrefix }))),
    })),
    sub_client_ambiguous: [{ changes: settings({ subClientBy: 'clientName' }), before: twins }],
    mapped_client_unknown: [
      { changes: settings({ subClientBy: 'clientCity', clientCities: { Oakland: 'no-such-client' } }) },
    ],
    invited_by_text_alone: [{ changes: settings({ quickApp: { email: false, text: true } }) }],
    sub_client_prefix_unused: [{ changes: settings({ subClientPrefix: 'Office:' }) }],
    client_cities_unused: [{ changes: settings({ clientCities: { Oakland: main } }) }],
    reference_prefix_unused: [{ changes: settings({ referencePrefix: 'Reference:' }) }],
    settings_contradictory: [
      { after: (id) => savedBeforeItsRule(id, 'settings', { productPrefix: 'Flag:' }) },
    ],
    certification_missing: ['certifiedBy', 'certifiedAt', 'statement'].map((field) => ({
      after: (id) => savedBeforeItsRule(id, 'certification', { [field]: ' ' }),
    })),
  };

  it.each(Object.entries(PROVOCATIONS).flatMap(([code, ways]) => ways.map((way) => [code, way] as const)))(
    'finds %s and says what to do',
    async (code, { changes, before, after, says = '', on = () => service }) => {
      await before?.();
      const id = await create(changes, on());
      await after?.(id);
      const { ok, findings } = await check(id, on());
      const found = findings.filter((finding) => finding.code === code);
      expect(found).toHaveLength(1);
      expect(found[0]?.docs).toBe(`docs/installation-check.md#${code}`);
      expect(found[0]?.message).not.toMatch(/[{}?]/);
      expect(found[0]?.message).toContain(says);
      const isError = found[0]?.severity === 'error';
      expect(ok).toBe(!isError && findings.every(({ severity }) => severity !== 'error'));
      const activated = await on().admin.post(`/admin/v1/installations/${id}/activate`);
      expect(activated.status).toBe(ok ? 200 : 409);
      if (!ok) expect(activated.body).toMatchObject({ code: 'not_ready' });
    },
  );

  it('tells of deliveries that no signature token fits, and not to wait for any, until a token is added (I5, T1)', async () => {
    const id = await create();
    const codes = async () => (await check(id)).findings.map(({ code }) => code);
    await refusedFor('the-token-in-lever')(id);
    expect(await codes()).toContain('deliveries_refused');
    expect(await codes()).not.toContain('delivery_never_seen');
    await letPass(2);
    expect(await codes()).toContain('delivery_never_seen');
    await refusedFor('the-token-in-lever')(id);
    expect(await codes()).toContain('deliveries_refused');
    await service.admin
      .post(`/admin/v1/installations/${id}/signature-tokens`)
      .send({ token: 'the-token-in-lever' })
      .expect(201);
    expect(await codes()).not.toContain('deliveries_refused');
    expect(await codes()).toContain('delivery_never_seen');
  });

  it('has every finding provoked by a test above', () => {
    const provoked = Object.entries(PROVOCATIONS).filter(([, ways]) => ways.length > 0);
    expect(provoked.map(([code]) => code)).toEqual(Object.keys(FINDINGS));
  });

  /** The service where nobody has told it of VICTIG, nor of its own address. */
  function bare(): TestService {
    return bareService;
  }
  async function tampered(id: string, kind: string): Promise<void> {
    await service.database.query(
      `UPDATE installation_secrets SET sealed = ${TAMPERED}
       WHERE installation_id = $1 AND kind = $2`,
      [id, kind],
    );
  }
  async function twins(): Promise<void> {
    await client({ name: 'Twin' });
    await client({ name: 'Twin' });
  }
  function narrow(): object {
    return { clientGuid: main, apiToken: 'sees-only-the-main-client' };
  }
  function narrowToken(): Promise<unknown> {
    return play.drive('POST', '/victig/tokens', { token: 'sees-only-the-main-client', clientGuids: [main] });
  }
  async function hook(id: string, times: number): Promise<void> {
    const url = `https://service.example/webhooks/lever/${id}`;
    for (let made = 0; made < times; made++) {
      await play.drive('POST', '/lever/webhooks', { url, event: 'candidateStageChange' });
    }
  }
  async function letPass(days: number): Promise<void> {
    passedDays += days;
    service.clock.forward(days * DAY_MS);
  }
  function refusedFor(token: string): (id: string) => Promise<void> {
    return async (id) => void (await play.knock(leverWebhook({}, token), id).expect(401));
  }
  async function deliveredLongAgo(id: string): Promise<void> {
    await play.knock(leverWebhook(), id).expect(200);
    await letPass(40);
  }
  async function grantedLongAgo(id: string): Promise<void> {
    const link = await service.admin.post(`/admin/v1/installations/${id}/oauth-link`).expect(201);
    const back = await decideAtLever(play, (link.body as { url: string }).url);
    expect((await comeBack(service.url, back)).status).toBe(200);
    await letPass(360);
  }
  /** No rule lets it be saved today; what an earlier release let pass is still there. */
  async function savedBeforeItsRule(id: string, part: string, stored: object): Promise<void> {
    await service.database.query(
      `WITH earlier AS (
         INSERT INTO installation_versions (installation_id, version, configuration, changed_by, created_at)
         SELECT installation_id, version + 1,
           jsonb_set(configuration, ARRAY[$2], configuration -> $2 || $3), changed_by, created_at
         FROM installation_versions WHERE installation_id = $1 AND version = 1
         RETURNING version
       )
       UPDATE installations SET settings_version = version FROM earlier WHERE id = $1`,
      [id, part, JSON.stringify(stored)],
    );
  }

  it('explains every finding in the documentation, and no other', async () => {
    const text = await readFile('docs/installation-check.md', 'utf8');
    const explained = [...text.matchAll(/^## (\w+)\n\nSeverity: (\w+)\./gm)].map(([, ...told]) => told);
    expect(explained).toEqual(Object.entries(FINDINGS).map(([code, [severity]]) => [code, severity]));
  });
});
