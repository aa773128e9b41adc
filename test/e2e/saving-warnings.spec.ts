import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { newInstallation } from '../support/new-installation.js';
import { Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

interface Saved {
  id: string;
  settingsVersion: number;
  warnings: { code: string; severity: string; subject?: string; message: string }[];
}

const BASE = '/admin/v1/installations';
const { main } = SEED.victig.clients;

describe('what is said of settings that are saved', () => {
  let service: TestService;
  let play: Play;
  let count = 0;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
  });
  afterEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const create = async (settings: object = {}, victig: object = {}): Promise<Saved> => {
    const answer = await service.admin
      .post(BASE)
      .send(
        newInstallation({
          lever: { apiKey: SEED.lever.apiKey },
          signatureTokens: [SIGNATURE_TOKEN],
          triggerStageIds: [TRIGGER_STAGE],
          victig: { clientGuid: main, ...victig },
          // All have the Lever account in common.
          settings: { defaultProduct: 'Criminal Package 1', statusPrefix: `Check ${++count}:`, ...settings },
        }),
      )
      .expect(201);
    return answer.body as Saved;
  };
  const change = async ({ id, settingsVersion }: Saved, settings: object): Promise<Saved> => {
    const answer = await service.admin
      .patch(`${BASE}/${id}`)
      .set('if-match', `"${settingsVersion}"`)
      .send({ settings })
      .expect(200)
      .expect('etag', `"${settingsVersion + 1}"`);
    return answer.body as Saved;
  };
  const codes = ({ warnings }: Saved): string[] => warnings.map(({ code }) => code);

  it('is nothing where they fit', async () => {
    const quickApp = { email: true, text: true };
    const references = { referenceBy: 'tags', referencePrefix: 'Reference:' };
    const clients = { subClientBy: 'clientName', subClientPrefix: 'Office:' };
    expect((await create({ quickApp, ...references, ...clients })).warnings).toEqual([]);
  });

  it('names a default product that VICTIG does not have, and the nearest; it is saved all the same (M3)', async () => {
    const created = await create({ defaultProduct: 'criminal package 1' });
    expect(created.warnings).toEqual([
      {
        code: 'default_product_unknown',
        severity: 'warning',
        subject: 'settings.defaultProduct',
        docs: 'docs/installation-check.md#default_product_unknown',
        message:
          'Set settings.defaultProduct to a product of the main client: there is no "criminal package 1"; the nearest is "Criminal Package 1".',
      },
    ]);
    const changed = await change(created, { defaultProduct: 'Criminal Package 1' });
    expect(changed.warnings).toEqual([]);
    expect(codes(await change(changed, { defaultProduct: 'Gone' }))).toEqual(['default_product_unknown']);
  });

  it('names a trigger stage that Lever does not have, and credentials that it refuses (I7, T5)', async () => {
    const created = await create();
    const path = `${BASE}/${created.id}`;
    const saved = async (version: number, fields: object): Promise<Saved['warnings']> => {
      const answer = await service.admin.patch(path).set('if-match', `"${version}"`).send(fields).expect(200);
      return (answer.body as Saved).warnings;
    };
    const { settingsVersion } = created;
    expect(await saved(settingsVersion, { triggerStageIds: [TRIGGER_STAGE, 'no-such-stage'] })).toMatchObject(
      [{ code: 'trigger_stage_unknown', severity: 'warning', subject: 'triggerStageIds' }],
    );
    const fields = { triggerStageIds: [TRIGGER_STAGE], lever: { apiKey: 'no-such-key' } };
    expect(await saved(settingsVersion + 1, fields)).toMatchObject([
      { code: 'lever_refused', severity: 'warning', subject: 'lever.apiKey' },
    ]);
  });

  it('is said of a change of an active installation too, and of a version that is restored (I3)', async () => {
    const created = await create();
    await service.admin.post(`${BASE}/${created.id}/activate`).expect(200);
    const changed = await change(created, { defaultProduct: 'Gone' });
    expect(codes(changed)).toEqual(['default_product_unknown']);
    const restore = (version: number, expected: number) =>
      service.admin
        .post(`${BASE}/${created.id}/versions/${version}/restore`)
        .set('if-match', `"${expected}"`)
        .expect(200);
    expect(codes((await restore(1, 2)).body as Saved)).toEqual([]);
    expect(codes((await restore(2, 3)).body as Saved)).toEqual(['default_product_unknown']);
    await service.admin.post(`${BASE}/${created.id}/pause`).expect(200);
  });

  it('names an invitation by text alone, and settings that are not looked at (M4, M7, M10)', async () => {
    const created = await create({
      quickApp: { email: false, text: true },
      subClientPrefix: 'Office:',
      clientCities: { Reno: main },
      referencePrefix: 'Reference:',
    });
    expect(created.warnings.map(({ code, subject }) => [code, subject])).toEqual([
      ['invited_by_text_alone', 'settings.quickApp'],
      ['sub_client_prefix_unused', 'settings.subClientPrefix'],
      ['client_cities_unused', 'settings.clientCities'],
      ['reference_prefix_unused', 'settings.referencePrefix'],
    ]);
    const checked = await service.admin.post(`${BASE}/${created.id}/check`).expect(200);
    const findings = (checked.body as { findings: { code: string }[] }).findings.map(({ code }) => code);
    expect(findings).toEqual(expect.arrayContaining(codes(created)));
  });

  it('names clients that are not there where sub-clients are asked for (M4)', async () => {
    const created = await create({ subClientBy: 'clientCity', clientCities: { Reno: 'no-such-client' } });
    expect(codes(created)).toEqual(['mapped_client_unknown']);
    const unused = await change(created, { subClientBy: 'clientCode', subClientPrefix: 'Office:' });
    expect(codes(unused)).toEqual(['client_cities_unused']);
  });

  it('says where no city can be read of a client, and none is named (M4)', async () => {
    const created = await create({ subClientBy: 'clientCity' });
    expect(codes(created)).toEqual(['victig_token_reads_no_cities']);
    expect(codes(await change(created, { clientCities: { Boise: main } }))).toEqual([]);
  });

  it('says where another installation of the Lever account takes away the status tags, or has its own taken away (I7)', async () => {
    await create({ statusPrefix: 'Screening:' });
    const same = await create({ statusPrefix: 'Screening:' });
    expect(same.warnings).toEqual([
      {
        code: 'status_prefix_shared',
        severity: 'warning',
        subject: 'settings.statusPrefix',
        docs: 'docs/installation-check.md#status_prefix_shared',
        message:
          'Set a settings.statusPrefix of its own: another installation of the same Lever account has this one, or one of the two begins with the other, and they take away the status tags of each other.',
      },
    ]);
    const other = await change(same, { statusPrefix: 'Screened:' });
    expect(codes(other)).toEqual([]);
    expect(codes(await change(other, { statusPrefix: 'Screening: of Acme:' }))).toEqual([
      'status_prefix_shared',
    ]);
    expect(codes(await create({ statusPrefix: 'Screen' }))).toEqual(['status_prefix_shared']);
    expect(codes(await create({ statusPrefix: 'screening:' }))).toEqual([]);
    expect(codes(await create({ statusPrefix: 'creening:' }))).toEqual([]);
  });

  it('says nothing of status prefixes in another Lever account, also where its key ends alike (I7)', async () => {
    const like = `another-key-${SEED.lever.apiKey.slice(-4)}`;
    await play.drive('POST', '/lever/keys', { key: like });
    await create({ statusPrefix: 'Vetting:' });
    const elsewhere = newInstallation({
      lever: { apiKey: like },
      triggerStageIds: [TRIGGER_STAGE],
      settings: { defaultProduct: 'Criminal Package 1', statusPrefix: 'Vetting:' },
    });
    const saved = async (): Promise<string[]> =>
      codes((await service.admin.post(BASE).send(elsewhere).expect(201)).body as Saved);
    expect(await saved()).toEqual([]);
    expect(await saved()).toEqual(['status_prefix_shared']);
  });

  it('says so when VICTIG cannot be asked, and saves nevertheless', async () => {
    const refused = await create({}, { apiToken: 'nobody-knows-this' });
    expect(codes(refused)).toEqual(['victig_refused']);
    await play.drive('POST', '/faults', { vendor: 'victig', kind: 'status', status: 503, times: null });
    const created = await create();
    expect(codes(created)).toEqual(['victig_unreachable']);
    await service.admin.get(`${BASE}/${created.id}`).expect(200);
  });

  it('costs few calls, and writes nothing at Lever or VICTIG', async () => {
    const calls = async (): Promise<string[]> =>
      (await play.drive<{ operation: string }[]>('GET', '/calls')).map(({ operation }) => operation);
    const before = await calls();
    await create({ defaultProduct: 'Gone' });
    const made = (await calls()).slice(before.length);
    expect(made.toSorted()).toEqual(['GET /v1/clients/:client/products', 'GET /v1/stages']);
  });
});
