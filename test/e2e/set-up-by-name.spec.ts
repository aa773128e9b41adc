import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { adminWithRole } from '../support/admin-with-role.js';
import { anyText } from '../support/any-text.js';
import { eventually } from '../support/eventually.js';
import { Front } from '../support/front.js';
import { newInstallation } from '../support/new-installation.js';
import { leverWebhook, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const BASE = '/admin/v1/installations';

interface SandboxWebhook {
  id: string;
  url: string;
  event: string;
  signatureToken: string;
}

interface CreatedWebhook {
  id: string;
  signatureToken: { id: string; lastFour: string };
  removed: string[];
  notRemoved: string[];
  hint: string | null;
}

const withStage = (more: object = {}): object =>
  newInstallation({ lever: { apiKey: SEED.lever.apiKey }, triggerStageIds: [TRIGGER_STAGE], ...more });

describe('an installation set up by name', () => {
  let front: Front;
  let service: TestService;
  let play: Play;
  let id: string;

  beforeAll(async () => {
    front = await Front.start();
    service = await startTestService({ PUBLIC_URL: front.url });
    front.passOnTo(service.url);
    play = new Play(service);
  });
  afterAll(async () => {
    await service.stop();
    await front.stop();
  });

  const create = async (more: object = {}): Promise<string> => {
    const answer = await service.admin.post(BASE).send(withStage(more)).expect(201);
    return (answer.body as { id: string }).id;
  };
  const path = (what: string): string => `${BASE}/${id}/${what}`;
  const read = async <T>(what: string): Promise<T> =>
    (await service.admin.get(path(what)).expect(200)).body as T;
  const createWebhook = async (body: object = {}): Promise<CreatedWebhook> =>
    (await service.admin.post(path('webhook')).send(body).expect(201)).body as CreatedWebhook;
  const atLever = async (): Promise<SandboxWebhook[]> =>
    (await play.drive<SandboxWebhook[]>('GET', '/lever/webhooks')).filter(({ url }) => url.endsWith(id));
  const limitKey = async (scopes: string[]): Promise<string> => {
    const key = `key-${randomUUID()}`;
    await play.drive('POST', '/lever/keys', { key, scopes });
    return key;
  };

  beforeEach(async () => {
    id = await create();
  });

  describe('the stages', () => {
    it('are listed by name in the order of the pipeline, with the trigger stage marked (I4)', async () => {
      const { items } = await read<{ items: { id: string; name: string; isTrigger: boolean }[] }>('stages');
      expect(items.map(({ name }) => name)).toEqual([
        'New lead',
        'Reached out',
        'Responded',
        'New applicant',
        'Recruiter screen',
        'On-site interview',
        'Offer',
        'Background Check',
      ]);
      expect(items.filter(({ isTrigger }) => isTrigger)).toEqual([
        { id: TRIGGER_STAGE, name: 'Background Check', isTrigger: true },
      ]);
    });

    it('are refused with what to do when Lever does not know the key', async () => {
      id = await create({ lever: { apiKey: 'no-such-lever-key' } });
      const answer = await service.admin.get(path('stages')).expect(409);
      expect(answer.body).toMatchObject({
        code: 'lever_refused',
        detail: expect.stringMatching(/does not accept .* credentials.*stages:read:admin/) as string,
      });
    });

    it('are refused with the name of the permission that the key lacks', async () => {
      id = await create({ lever: { apiKey: await limitKey(['tags:read:admin']) } });
      const answer = await service.admin.get(path('stages')).expect(409);
      expect(answer.body).toMatchObject({
        code: 'lever_refused',
        detail: expect.stringMatching(/lack the permission stages:read:admin/) as string,
      });
    });

    it('need an installation that is there, and connected', async () => {
      await service.admin.get(`${BASE}/${randomUUID()}/stages`).expect(404);
      id = await create({ lever: {} });
      const answer = await service.admin.get(path('stages')).expect(409);
      expect(answer.body).toMatchObject({ code: 'not_connected' });
    });
  });

  describe("VICTIG's catalogue", () => {
    interface Products {
      items: { guid: string; name: string; isDefault: boolean }[];
    }

    it('has the clients, with the main client marked', async () => {
      const { items } = await read<{ items: { guid: string; isMain: boolean }[] }>('clients');
      expect(items).toContainEqual({
        guid: SEED.victig.clients.main,
        name: 'Acme',
        code: 'ACME',
        city: null,
        isMain: true,
      });
      expect(items.filter(({ isMain }) => isMain)).toHaveLength(1);
      expect(items.map(({ guid }) => guid)).toContain(SEED.victig.clients.oakland);
    });

    it('has the products of the main client, or of another, under guids of its own', async () => {
      const main = await read<Products>('products');
      expect(main.items.filter(({ isDefault }) => isDefault)).toEqual([
        { guid: SEED.victig.products.criminalPackage1, name: 'Criminal Package 1', isDefault: true },
      ]);
      const oakland = await read<Products>(`products?clientGuid=${SEED.victig.clients.oakland}`);
      const same = oakland.items.find(({ name }) => name === 'Criminal Package 1');
      expect(same?.guid).not.toBe(SEED.victig.products.criminalPackage1);
    });

    it('shows at once what VICTIG has just added', async () => {
      await read<Products>('products');
      const name = `Package ${randomUUID()}`;
      await play.drive('POST', '/victig/products', { clientGuid: SEED.victig.clients.main, name });
      expect((await read<Products>('products')).items.map((product) => product.name)).toContain(name);
      const client = await play.drive<{ clientGuid: string }>('POST', '/victig/clients', { name });
      const { items } = await read<{ items: { guid: string }[] }>('clients');
      expect(items.map(({ guid }) => guid)).toContain(client.clientGuid);
    });

    it('costs a few calls, and then one in half a minute for each list, however often it is asked for (A5, F3)', async () => {
      const viewer = await adminWithRole(service, 'viewer', id);
      const ask = async (times: number): Promise<number> => {
        const calls = () => play.drive<object[]>('GET', '/calls?vendor=victig');
        const before = (await calls()).length;
        for (let n = 0; n < times; n++) {
          await viewer.get(path('clients')).expect(200);
          await viewer.get(path('products')).expect(200);
        }
        return (await calls()).length - before;
      };
      service.clock.forward(600_000);
      service.clock.stand();
      expect(await ask(30)).toBeLessThanOrEqual(22);
      service.clock.forward(30_000);
      expect(await ask(30)).toBe(2);
      service.clock.goOn();
    });

    it('refuses a client that is not there, or not an id', async () => {
      const answer = await service.admin.get(path('products?clientGuid=nobody')).expect(404);
      expect(answer.body).toMatchObject({ code: 'client_not_found' });
      await service.admin.get(path('products?clientGuid=../x')).expect(400);
      await service.admin.get(path('products?clientGuid=')).expect(400);
    });

    it('is refused with what to do when VICTIG does not know the token', async () => {
      const victig = { clientGuid: SEED.victig.clients.main, apiToken: 'no-such-victig-token' };
      id = await create({ victig });
      const answer = await service.admin.get(path('clients')).expect(409);
      expect(answer.body).toMatchObject({ code: 'victig_refused' });
    });
  });

  describe('the webhook', () => {
    const activate = () => service.admin.post(path('activate')).expect(200);

    afterEach(async () => {
      await play.drive('PATCH', '/lever/behaviour', { doubleNestedWebhook: false, silentEvents: [] });
      await play.drive('DELETE', '/lever/webhooks');
    });

    it.each([
      ['as recorded', false],
      ['as documented', true],
    ])(
      'is created in Lever, and what it signs is let in at once: answered %s (I4)',
      async (_name, doubleNestedWebhook) => {
        await play.drive('PATCH', '/lever/behaviour', { doubleNestedWebhook });
        const created = await createWebhook();
        const [webhook] = await atLever();
        expect(webhook).toMatchObject({
          id: created.id,
          event: 'candidateStageChange',
          url: `${front.url}/webhooks/lever/${id}`,
        });
        expect(created.signatureToken.lastFour).toBe(webhook?.signatureToken.slice(-4));
        expect(JSON.stringify(created)).not.toContain(webhook?.signatureToken);

        await activate();
        const opportunityId = await play.candidate();
        await play.move(opportunityId);
        await play.untilStatus(opportunityId, 'Pending');
        expect(await read('webhook')).toMatchObject({ lastDeliveryAt: anyText, hint: null });
      },
    );

    it('lacking, a token pasted by hand does as well (I5)', async () => {
      const url = `${front.url}/webhooks/lever/${id}`;
      const { signatureToken } = await play.drive<SandboxWebhook>('POST', '/lever/webhooks', { url });
      const { items } = await read<{ items: { id: string; name: string }[] }>('stages');
      expect(items.find(({ name }) => name === 'Background Check')?.id).toBe(TRIGGER_STAGE);
      await service.admin.post(path('signature-tokens')).send({ token: signatureToken }).expect(201);
      await activate();
      const opportunityId = await play.candidate();
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
    });

    it('is not created a second time', async () => {
      const { id: webhookId } = await createWebhook();
      const answer = await service.admin.post(path('webhook')).expect(409);
      expect(answer.body).toMatchObject({ code: 'webhook_exists' });
      const { detail } = answer.body as { detail: string };
      expect(detail).toContain(webhookId);
      expect(detail).toContain('"replace": true');
      expect(await atLever()).toHaveLength(1);
    });

    it('of another installation or event is not taken for ours', async () => {
      await play.drive('POST', '/lever/webhooks', { url: `${front.url}/webhooks/lever/${randomUUID()}` });
      const url = `${front.url}/webhooks/lever/${id}`;
      await play.drive('POST', '/lever/webhooks', { url, event: 'candidateHired' });
      expect(await read('webhook')).toMatchObject({ items: [] });
      await createWebhook();
      await service.admin.delete(path('webhook')).expect(204);
      expect(await play.drive('GET', '/lever/webhooks')).toHaveLength(2);
    });

    it('is replaced with overlap: the new one first, and what the old one still sends is let in', async () => {
      const old = await createWebhook();
      const [oldWebhook] = await atLever();
      const replaced = await createWebhook({ replace: true });
      expect(replaced).toMatchObject({ removed: [old.id], notRemoved: [] });
      expect((await atLever()).map((webhook) => webhook.id)).toEqual([replaced.id]);
      const calls = await play.drive<{ operation: string }[]>('GET', '/calls');
      const changes = calls.map(({ operation }) => operation).filter((call) => /^(POST|DELETE) /.test(call));
      expect(changes.slice(-2)).toEqual([
        expect.stringMatching(/^POST .*\/webhooks$/),
        expect.stringMatching(/^DELETE .*\/webhooks\//),
      ]);
      const { signatureTokens } = (await service.admin.get(`${BASE}/${id}`).expect(200)).body as {
        signatureTokens: { lastFour: string }[];
      };
      expect(signatureTokens.map(({ lastFour }) => lastFour)).toEqual([
        oldWebhook?.signatureToken.slice(-4),
        replaced.signatureToken.lastFour,
      ]);
      await play.knock(leverWebhook({}, oldWebhook?.signatureToken), id).expect(200);
    });

    it('is one, and its token is known here, however many replace it at the same time (I4)', async () => {
      await createWebhook();
      const replaced = await Promise.all([1, 2, 3].map(() => createWebhook({ replace: true })));
      const left = await atLever();
      expect(left).toHaveLength(1);
      expect(replaced.map((webhook) => webhook.id)).toContain(left[0]?.id);
      await play.knock(leverWebhook({}, left[0]?.signatureToken), id).expect(200);
    });

    it('is created once where two ask for it at the same time (I4)', async () => {
      const answers = await Promise.all([1, 2].map(() => service.admin.post(path('webhook'))));
      expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, 409]);
      expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'webhook_exists' });
      expect(await atLever()).toHaveLength(1);
    });

    const turnOfAnother = (seconds: number) =>
      service.database.query(
        `UPDATE installations SET lever_webhook_turn_until = clock_timestamp() + $2 * interval '1 second'
         WHERE id = $1`,
        [id, seconds],
      );

    it('is made after a turn whose process is gone, and not within the turn of another (I4)', async () => {
      await turnOfAnother(3_600);
      const refused = await Promise.all([
        service.admin.post(path('webhook')),
        service.admin.delete(path('webhook')),
        service.admin.post(path('disconnect')),
      ]);
      for (const { status, body } of refused) {
        expect({ status, body: body as unknown }).toMatchObject({
          status: 409,
          body: { code: 'webhook_in_progress' },
        });
      }
      expect(await atLever()).toEqual([]);
      await turnOfAnother(1);
      await createWebhook();
    });

    it('is not created where there are as many signature tokens as there may be (I6)', async () => {
      for (let n = 0; n < 10; n++) {
        await service.admin
          .post(path('signature-tokens'))
          .send({ token: `token-no-${n}` })
          .expect(201);
      }
      const refused = await service.admin.post(path('webhook')).send({ replace: true }).expect(409);
      expect(refused.body).toMatchObject({ code: 'too_many_signature_tokens' });
      expect(await atLever()).toEqual([]);
    });

    it("whose token was lost with Lever's answer is mended by replacing it", async () => {
      const match = { method: 'POST', path: '/webhooks$' };
      await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'drop_after' });
      const failed = await service.admin.post(path('webhook')).expect(502);
      expect(failed.body).toMatchObject({
        detail: expect.stringMatching(/may have been carried out/) as string,
      });
      const [lost] = await atLever();
      await service.admin.post(path('webhook')).expect(409);
      expect((await createWebhook({ replace: true })).removed).toEqual([lost?.id]);
      await activate();
      const opportunityId = await play.candidate();
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
    });

    it('made by hand cannot be removed here, and the answer says where it can', async () => {
      const url = `${front.url}/webhooks/lever/${id}`;
      const byHand = await play.drive<SandboxWebhook>('POST', '/lever/webhooks', { url });
      const created = await createWebhook({ replace: true });
      expect(created).toMatchObject({ removed: [], notRemoved: [byHand.id] });
      expect(created.hint).toMatch(/2 times/);
      const answer = await service.admin.delete(path('webhook')).expect(409);
      expect(answer.body).toMatchObject({
        code: 'webhook_not_removed',
        detail: expect.stringContaining(byHand.id) as string,
      });
      expect((await atLever()).map((webhook) => webhook.id)).toEqual([byHand.id]);
    });

    it('that never delivered brings up the switch of the Super Admin', async () => {
      await play.drive('PATCH', '/lever/behaviour', { silentEvents: ['candidateStageChange'] });
      const { hint, id: webhook } = await createWebhook();
      expect(hint).toMatch(/Super Admin/);
      await activate();
      await play.move(await play.candidate());
      await play.drive('POST', '/lever/webhooks/ping', { webhook });
      await eventually(async () => {
        expect((await play.deliveries()).at(-1)).toMatchObject({ reason: 'verification_ping' });
      });
      expect(await read('webhook')).toMatchObject({
        event: 'candidateStageChange',
        url: `${front.url}/webhooks/lever/${id}`,
        items: [{ id: webhook, createdAt: anyText }],
        lastDeliveryAt: null,
        hint: expect.stringMatching(/Super Admin/) as string,
      });
    });

    it('is removed, as often as it is asked for', async () => {
      await createWebhook();
      await service.admin.delete(path('webhook')).expect(204);
      await service.admin.delete(path('webhook')).expect(204);
      expect(await atLever()).toEqual([]);
      expect(await read('webhook')).toMatchObject({
        items: [],
        hint: expect.stringMatching(/no webhook/) as string,
      });
    });

    it('stays when Lever fails, and the answer does not say otherwise', async () => {
      await createWebhook();
      const match = { method: 'DELETE' };
      await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'status', status: 503 });
      await service.admin.delete(path('webhook')).expect(502);
      expect(await atLever()).toHaveLength(1);
    });

    it('needs a permission that the refusal names, and leaves nothing behind', async () => {
      id = await create({ lever: { apiKey: await limitKey(['webhooks:read:admin']) } });
      const answer = await service.admin.post(path('webhook')).expect(409);
      expect(answer.body).toMatchObject({
        code: 'lever_refused',
        detail: expect.stringMatching(/lack the permission webhooks:write:admin/) as string,
      });
      expect(await atLever()).toEqual([]);
    });

    it('is in the audit trail without its token', async () => {
      const { id: webhookId, signatureToken } = await createWebhook();
      const [webhook] = await atLever();
      await service.admin.delete(path('webhook')).expect(204);
      const entries = await service.database.query<{ action: string; data: object }[]>(
        'SELECT action, data FROM audit_entries WHERE installation_id = $1 ORDER BY id',
        [id],
      );
      expect(entries.slice(1)).toEqual([
        { action: 'signature_token.added', data: { tokenId: signatureToken.id } },
        { action: 'lever.webhook_created', data: { webhookId, tokenId: signatureToken.id } },
        { action: 'lever.webhook_deleted', data: { webhookId } },
      ]);
      expect(JSON.stringify(entries)).not.toContain(webhook?.signatureToken);
    });

    it.each([{ replace: 'yes' }, { replace: null }, { colour: 'red' }])('refuses %j', async (body) => {
      await service.admin.post(path('webhook')).send(body).expect(400);
    });
  });
});

describe('a service whose address is not https', () => {
  it('does not have Lever send there, and says why', async () => {
    const service = await startTestService({
      PUBLIC_URL: 'http://bgc.example.com',
      ALLOW_PRIVATE_VENDOR_HOSTS: 'false',
    });
    const created = await service.admin.post(BASE).send(withStage()).expect(201);
    const { id } = created.body as { id: string };
    const answer = await service.admin.post(`${BASE}/${id}/webhook`).expect(409);
    expect(answer.body).toMatchObject({
      code: 'public_url_not_https',
      detail: expect.stringMatching(/PUBLIC_URL is http:\/\/bgc\.example\.com/) as string,
    });
    await service.stop();
  });
});
