import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { FINDINGS, type Finding } from '../../src/installations/finding.js';
import { leverWebhook, Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const DAY_MS = 86_400_000;
const { main } = SEED.victig.clients;
const WHOLE = {
  name: 'Acme',
  lever: { apiKey: SEED.lever.apiKey },
  signatureTokens: [SIGNATURE_TOKEN],
  triggerStageIds: [TRIGGER_STAGE],
  victig: { clientGuid: main },
  certification: {
    certifiedBy: 'Director of HR, Acme',
    certifiedAt: '2026-11-22T00:00:00Z',
    statement: 'For employment purposes.',
  },
  settings: { defaultProduct: 'Criminal Package 1' },
};
const ALL_SCOPES = ['stages', 'webhooks', 'postings', 'opportunities', 'users'].map(
  (list) => `${list}:read:admin`,
);

describe('the check of an installation (I7)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
  });
  beforeEach(() => play.drive('POST', '/reset'));
  afterAll(() => service.stop());

  const create = async (changes: object = {}): Promise<string> => {
    const body = { ...WHOLE, ...changes };
    const answer = await service.admin.post('/admin/v1/installations').send(body).expect(201);
    return (answer.body as { id: string }).id;
  };
  const check = async (id: string): Promise<{ ok: boolean; findings: Finding[] }> => {
    const answer = await service.admin.post(`/admin/v1/installations/${id}/check`).expect(200);
    return answer.body as { ok: boolean; findings: Finding[] };
  };
  const settings = (more: object) => ({ settings: { ...WHOLE.settings, ...more } });
  const fault = (vendor: string, path: string, status: number) =>
    play.drive('POST', '/faults', { vendor, match: { path }, kind: 'status', status, times: null });
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

  it.each<[code: string, changes: object, breakIt?: () => Promise<unknown>]>([
    ['lever_credentials_missing', { lever: {} }],
    ['lever_refused', { lever: { apiKey: 'nobody-knows-this' } }],
    ...['stages', 'postings', 'opportunities'].map((list): [string, object, () => Promise<unknown>] => [
      'lever_permission_missing',
      { lever: { apiKey: `key-without-${list}` } },
      () => keyWithout(list),
    ]),
    ['lever_not_verified', { lever: { apiKey: 'key-without-webhooks' } }, () => keyWithout('webhooks')],
    [
      'lever_not_verified',
      { lever: { apiKey: 'key-without-users', performAs: 'somebody' } },
      () => keyWithout('users'),
    ],
    ['lever_unreachable', {}, () => fault('lever', '/stages', 503)],
    ['perform_as_unknown', { lever: { ...WHOLE.lever, performAs: 'nobody' } }],
    ['trigger_stage_not_set', { triggerStageIds: [] }],
    ['trigger_stage_unknown', { triggerStageIds: ['no-such-stage'] }],
    ['signature_token_missing', { signatureTokens: [] }],
    ['webhook_missing', {}],
    ['delivery_never_seen', {}],
    ['victig_refused', { victig: { clientGuid: main, apiToken: 'nobody-knows-this' } }],
    ['victig_unreachable', {}, () => fault('victig', '/products', 503)],
    ['victig_permission_missing', {}, () => fault('victig', '/products', 403)],
    ['victig_token_reads_no_cities', settings({ subClientBy: 'clientCity' })],
    ['victig_client_unknown', { victig: { clientGuid: 'no-such-client' } }],
    ['default_product_unknown', settings({ defaultProduct: 'criminal package 1' })],
    ['product_name_twice', {}, () => product('Criminal Package 1')],
    ['product_without_quickapp', settings({ defaultProduct: 'By Paper' }), () => product('By Paper', false)],
    ['sub_client_ambiguous', settings({ subClientBy: 'clientName' }), twins],
    ['sub_clients_missing', { ...settings({ subClientBy: 'clientName' }), victig: narrow() }, narrowToken],
    [
      'mapped_client_unknown',
      settings({ subClientBy: 'clientCity', clientCities: { Oakland: 'no-such-client' } }),
    ],
    ['certification_missing', { certification: { ...WHOLE.certification, statement: ' ' } }],
  ])('finds %s and says what to do', async (code, changes, breakIt) => {
    await breakIt?.();
    const id = await create(changes);
    const { ok, findings } = await check(id);
    const found = findings.filter((finding) => finding.code === code);
    expect(found).toHaveLength(1);
    expect(found[0]?.docs).toBe(`docs/installation-check.md#${code}`);
    expect(found[0]?.message).not.toMatch(/[{}?]/);
    const isError = found[0]?.severity === 'error';
    expect(ok).toBe(!isError && findings.every(({ severity }) => severity !== 'error'));
    const activated = await service.admin.post(`/admin/v1/installations/${id}/activate`);
    expect(activated.status).toBe(ok ? 200 : 409);
    if (!ok) expect(activated.body).toMatchObject({ code: 'not_ready' });
  });

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

  it('sees webhooks, deliveries that came long ago, and clocks that differ', async () => {
    const id = await create();
    const hook = { url: `https://service.example/webhooks/lever/${id}`, event: 'candidateStageChange' };
    const codes = async () => new Set((await check(id)).findings.map(({ code }) => code));
    await play.drive('POST', '/lever/webhooks', hook);
    expect(await codes()).toContain('webhook_found');
    await play.drive('POST', '/lever/webhooks', hook);
    expect(await codes()).toContain('webhook_several');
    await play.knock(leverWebhook(), id).expect(200);
    expect(await codes()).not.toContain('delivery_never_seen');
    service.clock.forward(40 * DAY_MS);
    const later = await codes();
    service.clock.forward(-40 * DAY_MS);
    for (const code of ['delivery_long_ago', 'lever_clock_skew', 'victig_clock_skew']) {
      expect(later).toContain(code);
    }
  });

  it('explains every finding in the documentation, and no other', async () => {
    const text = await readFile('docs/installation-check.md', 'utf8');
    const explained = [...text.matchAll(/^## (\w+)\n\nSeverity: (\w+)\./gm)].map(([, ...told]) => told);
    expect(explained).toEqual(Object.entries(FINDINGS).map(([code, [severity]]) => [code, severity]));
  });
});
