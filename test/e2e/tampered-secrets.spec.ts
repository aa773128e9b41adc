import type { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { DoorRegister } from '../../src/installations/door-register.js';
import { InstallationSecrets } from '../../src/installations/installation-secrets.js';
import { reconcileOrders } from '../../src/orders/jobs.js';
import { CountingQueries } from '../support/counting-queries.js';
import { createInstallation } from '../support/new-installation.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, Play, TRIGGER_STAGE, type SeenAdminOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { TAMPERED } from '../support/tampered.js';

const [FIRST_TOKEN, SECOND_TOKEN] = ['a-token-of-theirs-0001', 'a-token-of-theirs-0002'];
/** Far more than the other tests have refused. */
const REFUSALS = 40;
const LOOK_UPS = /installation_secrets/;
const CALLBACK = { event: 'order.updated', resourceGuid: 'r' };

/** What somebody changed in the database is told where it matters, and concerns no other installation. */
describe('a secret whose ciphertext was changed (I2)', () => {
  let service: TestService;
  /** Another customer, of whom nothing was changed. */
  let play: Play;
  let theirs: string;

  beforeAll(async () => {
    service = await startTestService({
      ERROR_AFTER_SECONDS: '1',
      ADDRESS_REFUSALS_PER_MINUTE: String(REFUSALS),
      TRUSTED_PROXIES: '127.0.0.0/8',
    });
    play = new Play(service);
    await play.setUp();
    theirs = await createInstallation(service, {
      lever: { apiKey: SEED.lever.apiKey },
      signatureTokens: [FIRST_TOKEN, SECOND_TOKEN],
      triggerStageIds: [TRIGGER_STAGE],
      victig: {
        clientGuid: SEED.victig.clients.main,
        apiToken: 'demo-victig-token',
        webhookSecret: 'their-secret',
      },
    });
    await service.admin.post(at('/activate')).expect(200);
  });
  afterAll(() => service.stop());

  const at = (path: string): string => `/admin/v1/installations/${theirs}${path}`;
  const tamper = (kind: string, lastFour: string): Promise<unknown> =>
    service.database.query(
      `UPDATE installation_secrets
       SET sealed = ${TAMPERED}
       WHERE installation_id = $1 AND kind = $2 AND last_four = $3`,
      [theirs, kind, lastFour],
    );
  /** As after the minute for which secrets are remembered. */
  const forgetSecrets = (): void => service.clock.forward(61_000);
  const change = async (patch: object): Promise<void> => {
    const { headers } = await service.admin.get(at('')).expect(200);
    await service.admin.patch(at('')).set('if-match', String(headers['etag'])).send(patch).expect(200);
  };
  const unreadable = async (): Promise<(string | undefined)[]> => {
    const answer = await service.admin.post(at('/check')).expect(200);
    const { findings } = answer.body as { findings: { code: string; subject?: string; severity: string }[] };
    expect(findings.map(({ code }) => code)).not.toContain('victig_token_missing');
    expect(findings.map(({ code }) => code)).not.toContain('lever_credentials_missing');
    return findings.filter(({ code }) => code === 'secret_unreadable').map(({ subject }) => subject);
  };
  const knock = (token: string, data?: object) =>
    service.anyone.post(`/webhooks/lever/${theirs}`).send(leverWebhook(data ? { data } : {}, token));
  const callBack = (secret: string, id = theirs) =>
    service.anyone.post(`/webhooks/victig/${id}`).set('authorization', secret).send(CALLBACK);
  const theirOrder = async (opportunityId: string): Promise<SeenAdminOrder | undefined> => {
    const query = { opportunityId, installationId: theirs };
    const answer = await service.admin.get('/admin/v1/orders').query(query).expect(200);
    return (answer.body as { items: SeenAdminOrder[] }).items[0];
  };
  /** Only they are told of it. */
  const ordered = async (): Promise<string> => {
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    await knock(FIRST_TOKEN, { opportunityId, toStageId: TRIGGER_STAGE }).expect(200);
    return opportunityId;
  };
  const until = (opportunityId: string, expected: object): Promise<void> =>
    eventually(async () => expect(await theirOrder(opportunityId)).toMatchObject(expected));

  it('of VICTIG: is trouble of its orders, a finding, and no 500; others are followed all the same (S3, V3, F6)', async () => {
    const placed = await ordered();
    await until(placed, { status: 'pending' });
    const mine = await play.candidate();
    await play.move(mine);
    await play.untilStatus(mine, 'Pending');
    await play.untilAllRead();
    await tamper('victig_api_token', 'oken');
    forgetSecrets();

    const waiting = await ordered();
    await until(waiting, { status: 'error', statusReason: 'unauthorized' });
    const { id } = (await theirOrder(waiting)) ?? { id: '' };
    const told = (await play.timeline(id)).find(({ kind }) => kind === 'trouble');
    expect(told?.data['message']).toMatch(/VICTIG credentials cannot be opened/);

    await service.admin.get(at('')).expect(200);
    const preview = await service.admin.post(at('/preview')).send({ opportunityId: waiting }).expect(409);
    expect(preview.body).toMatchObject({ code: 'not_connected' });
    await service.admin.get(at('/products')).expect(409);
    await service.admin.get(at('/stages')).expect(200);
    expect(await unreadable()).toEqual(['victig.apiToken']);

    await play.drive('DELETE', '/victig/callbacks');
    const { orderGuid } = await play.orderAtVictig(mine);
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`, {});
    service.clock.forward(2 * 3_600_000);
    await service.send(reconcileOrders, {});
    await play.untilStatus(mine, 'In Progress');
    await until(placed, { trouble: { failure: 'unauthorized' } });

    await service.admin.post(at('/pause')).expect(200);
    const refused = await service.admin.post(at('/activate')).expect(409);
    expect(refused.body).toMatchObject({ code: 'not_ready', errors: [{ path: 'victig.apiToken' }] });
    await change({ victig: { apiToken: 'demo-victig-token' } });
    // While it is paused nothing but this can be tried.
    await service.admin.post(`/admin/v1/orders/${id}/retry`).expect(200);
    await service.admin.post(at('/activate')).expect(200);
    expect(await unreadable()).toEqual([]);
    await until(waiting, { status: 'pending', trouble: null });
  }, 120_000);

  it('of Lever: is said, can be set again, and can be taken away (I5, F6)', async () => {
    await tamper('lever_api_key', SEED.lever.apiKey.slice(-4));
    forgetSecrets();
    const stages = await service.admin.get(at('/stages')).expect(409);
    expect(stages.body).toMatchObject({ code: 'not_connected' });
    expect(await unreadable()).toEqual(['lever.apiKey']);
    await change({ settings: { holdSeconds: 1 } });
    await change({ lever: { apiKey: SEED.lever.apiKey } });
    await service.admin.get(at('/stages')).expect(200);
    await tamper('lever_api_key', SEED.lever.apiKey.slice(-4));
    await service.admin.get(`/admin/v1/installations/${play.installation.id}/stages`).expect(200);
    const checked = await service.admin
      .post(`/admin/v1/installations/${play.installation.id}/check`)
      .expect(200);
    expect(checked.body).toMatchObject({ ok: true });
    await change({ lever: { apiKey: SEED.lever.apiKey } });
  });

  it('of the doors: what another secret verifies gets in, and only the rest is to be sent again (T1, V1, F1)', async () => {
    await tamper('signature_token', SECOND_TOKEN.slice(-4));
    forgetSecrets();
    expect(await unreadable()).toEqual(['signatureTokens']);
    await callBack('their-secret').expect(200);
    await play.knock(leverWebhook()).expect(200);
    await knock(FIRST_TOKEN).expect(200);
    const unverified = await knock(SECOND_TOKEN).expect(503);
    expect(unverified.body).toMatchObject({ code: 'encryption_key_missing' });
    await service.admin.post(at('/signature-tokens')).send({ token: 'a-third-token-of-theirs' }).expect(201);
    await knock('a-third-token-of-theirs').expect(200);
    await tamper('victig_webhook_secret', 'cret');
    forgetSecrets();
    await knock('a-third-token-of-theirs').expect(200);
    const sentAway = await callBack('their-secret').expect(503);
    expect(sentAway.body).toMatchObject({ code: 'encryption_key_missing' });
  });

  it('of the doors: has strangers counted and the database left alone, and nothing true lost (T1, V1, F1)', async () => {
    const queries = new CountingQueries(service.database);
    const lines = [DoorRegister, InstallationSecrets].map((part) =>
      vi.spyOn(Reflect.get(service.part<object>(part), 'logger') as Logger, 'error'),
    );
    service.clock.stand();
    const from = <T extends { set: (name: string, value: string) => T }>(address: string, request: T): T =>
      request.set('x-forwarded-for', address);
    for (let time = 0; time < REFUSALS; time++) {
      await from('192.0.2.7', knock('a-forged-token-0001')).expect(503);
      await from('192.0.2.8', callBack('a-forged-secret')).expect(503);
    }
    queries.countOf(LOOK_UPS);
    for (let time = 0; time < 10; time++) {
      await from('192.0.2.7', knock('a-forged-token-0001')).expect(503);
      // In ever other letters it is the same installation.
      const id = theirs.slice(0, time * 3).toUpperCase() + theirs.slice(time * 3);
      await from('192.0.2.8', callBack('a-forged-secret', id)).expect(503);
    }
    // With the embedded database nothing may be kept: it is asked each time.
    if (inject('databaseTemplate').kind === 'server') expect(queries.countOf(LOOK_UPS)).toBeLessThan(5);
    for (const spy of lines) expect(spy.mock.calls.length).toBeLessThan(5);
    // Whoever signs at the same address gets in, and what cannot be verified yet is to be sent again.
    await from('192.0.2.7', knock(FIRST_TOKEN)).expect(200);
    await from('192.0.2.7', knock(SECOND_TOKEN)).expect(503);
    await play.knock(leverWebhook()).set('x-forwarded-for', '192.0.2.7').expect(200);
    await play
      .knock({ ...leverWebhook(), signature: '0'.repeat(64) })
      .set('x-forwarded-for', '192.0.2.7')
      .expect(429);
    const metrics = await service.anyone.get('/metrics').expect(200);
    for (const door of ['lever', 'victig']) {
      const counted = new RegExp(`webhook_refused_total\\{door="${door}",reason="unreadable"\\} (\\d+)`).exec(
        metrics.text,
      );
      expect(Number(counted?.[1]), door).toBeGreaterThanOrEqual(REFUSALS + 10);
    }
  });
});
