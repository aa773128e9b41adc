import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { InstallationSecrets } from '../../src/installations/installation-secrets.js';
import { LeverConnections } from '../../src/installations/lever-connections.js';
import { LostAccess } from '../../src/installations/lost-access.js';
import { keepLeverConnected } from '../../src/lever/jobs.js';
import { LeverTokenEndpoint } from '../../src/lever/lever-token-endpoint.js';
import { comeBack, decideAtLever, type SeenPage } from '../support/consent.js';
import { adminWithRole } from '../support/admin-with-role.js';
import { eventually } from '../support/eventually.js';
import { Front } from '../support/front.js';
import { createInstallation } from '../support/new-installation.js';
import { Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { TAMPERED } from '../support/tampered.js';

const template = inject('databaseTemplate');
const BASE = '/admin/v1/installations';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Shown {
  state: string;
  lever: {
    apiKey: object | null;
    oauth: { connectedAt: string; refreshedAt: string; expiresAt: string; warning: string | null } | null;
  };
}

describe('Lever by OAuth', () => {
  let front: Front;
  let service: TestService;
  let play: Play;
  let id: string;

  beforeAll(async () => {
    front = await Front.start();
    service = await startTestService({
      PUBLIC_URL: front.url,
      LEVER_CLIENT_ID: SEED.lever.oauthClientId,
      LEVER_CLIENT_SECRET: SEED.lever.oauthClientSecret,
    });
    front.passOnTo(service.url);
    play = new Play(service);
  });
  afterAll(async () => {
    await service.stop();
    await front.stop();
  });
  afterEach(() => play.drive('DELETE', '/faults'));

  const create = (more: object = {}): Promise<string> =>
    createInstallation(service, {
      signatureTokens: [SIGNATURE_TOKEN],
      triggerStageIds: [TRIGGER_STAGE],
      ...more,
    });
  const shown = async (): Promise<Shown> =>
    (await service.admin.get(`${BASE}/${id}`).expect(200)).body as Shown;
  const link = async (): Promise<string> =>
    ((await service.admin.post(`${BASE}/${id}/oauth-link`).expect(201)).body as { url: string }).url;
  const connect = async (account?: string): Promise<SeenPage> =>
    comeBack(service.url, await decideAtLever(play, await link(), 'accept', account));
  const stages = () => service.admin.get(`${BASE}/${id}/stages`);
  const tokensIssued = async (): Promise<number> => {
    const state = await play.drive<{ lever: { writes: Record<string, number> } }>('GET', '/state');
    return state.lever.writes['tokensIssued'] ?? 0;
  };
  const fail = (status: number, times: number | null, path = '/oauth/token$', body?: object) =>
    play.drive('POST', '/faults', { vendor: 'lever', match: { path }, kind: 'status', status, times, body });
  const check = async (): Promise<{ code: string; severity: string; message: string }[]> => {
    const answer = await service.admin.post(`${BASE}/${id}/check`).expect(200);
    return (answer.body as { findings: { code: string; severity: string; message: string }[] }).findings;
  };
  const audited = async (): Promise<{ action: string; data: object }[]> =>
    service.database.query(
      'SELECT action, data FROM audit_entries WHERE installation_id = $1 ORDER BY at, id',
      [id],
    );

  beforeEach(async () => {
    id = await create();
  });

  describe('whose tokens were changed in the database (I2)', () => {
    const tamper = (kind: string) =>
      service.database.query(
        `UPDATE installation_secrets
         SET sealed = ${TAMPERED}
         WHERE installation_id = $1 AND kind = $2`,
        [id, kind],
      );
    const unreadable = async () => (await check()).filter(({ code }) => code === 'secret_unreadable');
    const demandUnreadable = async (): Promise<void> => {
      expect((await stages().expect(409)).body).toMatchObject({ code: 'not_connected' });
      expect(await unreadable()).toEqual([expect.objectContaining({ subject: 'lever.oauth' })]);
    };

    beforeEach(async () => {
      await connect();
      await stages().expect(200);
    });

    it('says so of an access token, until it is renewed in time', async () => {
      await tamper('lever_access_token');
      // Secrets are remembered for a minute.
      service.clock.forward(61_000);
      await demandUnreadable();
      service.clock.forward(2 * HOUR_MS);
      await stages().expect(200);
      expect(await unreadable()).toEqual([]);
    });

    it('says so of a refresh token, until it is connected anew (I4)', async () => {
      await tamper('lever_refresh_token');
      service.clock.forward(61_000);
      await stages().expect(200);
      service.clock.forward(2 * HOUR_MS);
      await demandUnreadable();
      await connect();
      await stages().expect(200);
      expect(await unreadable()).toEqual([]);
    });
  });

  it('leads an admin link to the consent page and back, and keeps what Lever issued (I4)', async () => {
    const url = new URL(await link());
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: SEED.lever.oauthClientId,
      redirect_uri: `${front.url}/oauth/lever/callback`,
      response_type: 'code',
      state: expect.stringMatching(/.{43}/) as string,
      audience: `${service.sandbox.leverApiUrl}/`,
      scope:
        'offline_access opportunities:write:admin notes:write:admin stages:read:admin tags:read:admin webhooks:write:admin postings:read:admin applications:read:admin',
    });
    await stages().expect(409);
    const page = await comeBack(service.url, await decideAtLever(play, url.href));
    expect(page).toMatchObject({
      status: 200,
      html: expect.stringContaining('Lever is connected') as string,
    });
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(page.html).not.toContain('<script');
    await stages().expect(200);
    const { lever } = await shown();
    expect(lever).toMatchObject({ apiKey: null, oauth: { warning: null } });
    const [state] = await service.database.query<object[]>(
      'SELECT encode(state_hash, $2) FROM lever_oauth_states WHERE installation_id = $1',
      [id, 'escape'],
    );
    expect(JSON.stringify([lever, state, await audited()])).not.toMatch(/v1\.|eyJ/);
  });

  it('finds another installation of the account that takes away its status tags, by whatever tokens (I7)', async () => {
    const settings = { settings: { defaultProduct: 'Criminal Package 1', statusPrefix: 'Shared:' } };
    const codes = async () => (await check()).map(({ code }) => code);
    id = await create(settings);
    await connect();
    expect(await codes()).not.toContain('status_prefix_shared');
    const first = id;
    id = await create(settings);
    expect(await codes()).not.toContain('status_prefix_shared');
    await connect('another');
    expect(await codes()).not.toContain('status_prefix_shared');
    const another = id;
    id = await create(settings);
    await connect();
    expect(await codes()).toContain('status_prefix_shared');
    id = first;
    expect(await codes()).toContain('status_prefix_shared');
    id = another;
    expect(await codes()).not.toContain('status_prefix_shared');
    // What it was connected with before a key took its place tells no more of which account it is.
    id = first;
    const changed = { lever: { apiKey: SEED.lever.apiKey } };
    await service.admin.patch(`${BASE}/${id}`).set('if-match', '"1"').send(changed).expect(200);
    expect(await codes()).not.toContain('status_prefix_shared');
  });

  it('orders from end to end, with the webhook it made itself (I4)', async () => {
    id = await create({ signatureTokens: [] });
    await connect();
    await service.admin.post(`${BASE}/${id}/webhook`).expect(201);
    await service.admin.post(`${BASE}/${id}/activate`).expect(200);
    play.installation = { id, state: 'active', settingsVersion: 1 };
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.drive('DELETE', '/lever/webhooks');
  });

  it('asks for more only where the installation uses more', async () => {
    const settings = { defaultProduct: 'Criminal Package 1', attachReport: true };
    id = await create({ lever: { performAs: SEED.lever.users.recruiter }, settings });
    const scopes = new URL(await link()).searchParams.get('scope')?.split(' ');
    expect(scopes?.slice(-2)).toEqual(['files:write:admin', 'users:read:admin']);
  });

  it('asks for confidential jobs where it is told to, and again when it is renewed (I4)', async () => {
    const asked = async (body?: object): Promise<string | undefined> => {
      const made = await service.admin.post(`${BASE}/${id}/oauth-link`).send(body).expect(201);
      const { url } = made.body as { url: string };
      await comeBack(service.url, await decideAtLever(play, url));
      return new URL(url).searchParams.get('scope')?.split(' ').at(-1);
    };
    const CONFIDENTIAL = 'confidential:access:admin';
    expect(await asked()).not.toBe(CONFIDENTIAL);
    expect(await asked({ confidential: true })).toBe(CONFIDENTIAL);
    expect(await asked()).toBe(CONFIDENTIAL);
    expect(await asked({ confidential: false })).not.toBe(CONFIDENTIAL);
    expect(await asked()).not.toBe(CONFIDENTIAL);
    await service.admin.post(`${BASE}/${id}/oauth-link`).send({ confidential: 'yes' }).expect(400);
  });

  describe('a way back from the consent page', () => {
    const expectNothingConnected = async (): Promise<void> => {
      expect((await shown()).lever.oauth).toBeNull();
    };

    it('with a refusal says so and connects nothing (I4)', async () => {
      const page = await comeBack(service.url, await decideAtLever(play, await link(), 'deny'));
      expect(page).toMatchObject({ status: 403, html: expect.stringContaining('not granted') as string });
      await expectNothingConnected();
      expect((await audited()).at(-1)).toMatchObject({ data: { reason: 'refused' } });
    });

    it('is good once (I4)', async () => {
      const back = await decideAtLever(play, await link());
      expect((await comeBack(service.url, back)).status).toBe(200);
      const again = await comeBack(service.url, back);
      expect(again).toMatchObject({ status: 400, html: expect.stringContaining('not valid') as string });
      expect((await shown()).lever.oauth).not.toBeNull();
    });

    it('is good once, also for two who come at the same moment (I4)', async () => {
      const back = await decideAtLever(play, await link());
      const pages = await Promise.all([comeBack(service.url, back), comeBack(service.url, back)]);
      expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200, 400]));
      expect((await audited()).filter(({ action }) => action === 'lever.connected')).toHaveLength(1);
    });

    it('is good for the installation that the link was made for, and no other (I4)', async () => {
      const other = await create();
      const back = await decideAtLever(play, await link());
      const state = back.searchParams.get('state') ?? '';
      back.searchParams.set('state', state.replace(id, other));
      expect((await comeBack(service.url, back)).status).toBe(400);
      await expectNothingConnected();
      const unchanged = await service.admin.get(`${BASE}/${other}`).expect(200);
      expect((unchanged.body as Shown).lever.oauth).toBeNull();
      back.searchParams.set('state', state);
      expect((await comeBack(service.url, back)).status).toBe(200);
    });

    it('is good for a day (I4)', async () => {
      const back = await decideAtLever(play, await link());
      service.clock.forward(25 * HOUR_MS);
      expect((await comeBack(service.url, back)).status).toBe(400);
      await expectNothingConnected();
    });

    it('is good only while the admin key that asked for the link is (I4)', async () => {
      const back = await decideAtLever(play, await link());
      await service.database.query(`UPDATE admin_keys SET revoked_at = now()`);
      const { status } = await comeBack(service.url, back);
      await service.database.query(`UPDATE admin_keys SET revoked_at = NULL`);
      expect(status).toBe(400);
      await expectNothingConnected();
    });

    it('is not used up by a program that only looks where it leads', async () => {
      const back = await decideAtLever(play, await link());
      await fetch(`${service.url}${back.pathname}${back.search}`, { method: 'HEAD' });
      expect((await comeBack(service.url, back)).status).toBe(200);
    });

    it.each([
      '',
      '?code=x',
      '?state=nobody&code=x',
      `?state=${randomUUID()}.${'a'.repeat(43)}&code=x`,
      '?state=a&state=b&code=x',
      '?state=%00&code=x',
      '?state=<script>alert(1)</script>&error=<b>x</b>',
    ])('%j changes nothing, and nothing of it is repeated', async (query) => {
      const page = await comeBack(service.url, new URL(`https://x.example/oauth/lever/callback${query}`));
      expect(page.status).toBe(400);
      expect(page.html).not.toMatch(/<script|<b>|nobody/);
    });

    it('whose installation belongs to another Lever account changes nothing (I4)', async () => {
      expect((await connect('acme')).status).toBe(200);
      const before = await shown();
      const page = await connect('somebody-else');
      expect(page).toMatchObject({
        status: 409,
        html: expect.stringContaining('another Lever account') as string,
      });
      expect(await shown()).toEqual(before);
    });

    it('with permissions that are of no use says so and connects nothing (I4)', async () => {
      const url = new URL(await link());
      // What Lever makes of an audience it does not know.
      url.searchParams.set('audience', 'https://api.lever.co/v1');
      const page = await comeBack(service.url, await decideAtLever(play, url.href));
      expect(page).toMatchObject({ status: 502, html: expect.stringContaining('LEVER_AUDIENCE') as string });
      await expectNothingConnected();
      expect((await audited()).at(-1)).toMatchObject({ data: { reason: 'no_permissions' } });
    });

    it.each([
      [401, 'LEVER_CLIENT_SECRET', { error: 'access_denied' }],
      [503, 'could not be reached', { message: 'maintenance' }],
    ])('to which the token endpoint answers %i says what to do', async (status, text, body) => {
      await fail(status, 1, '/oauth/token$', body);
      const page = await connect();
      expect(page).toMatchObject({ status: 502, html: expect.stringContaining(text) as string });
      await expectNothingConnected();
      expect((await connect()).status).toBe(200);
    });
  });

  it('makes no link for an installation that the key may not know (I4)', async () => {
    const foreign = await create();
    const bound = await adminWithRole(service, 'admin', foreign);
    await bound.post(`${BASE}/${id}/oauth-link`).expect(404);
    await bound.post(`${BASE}/${foreign}/oauth-link`).expect(201);
  });

  describe('the tokens', () => {
    beforeEach(async () => {
      expect((await connect()).status).toBe(200);
    });

    it('are renewed before they end, once for all who call at that moment (I4)', async () => {
      const before = await tokensIssued();
      await stages().expect(200);
      expect(await tokensIssued()).toBe(before);
      service.clock.forward(56 * 60_000);
      await Promise.all(Array.from({ length: 8 }, () => stages().expect(200)));
      expect(await tokensIssued()).toBe(before + 1);
      service.clock.forward(56 * 60_000);
      await stages().expect(200);
      expect(await tokensIssued()).toBe(before + 2);
    });

    // The embedded database announces nothing, and so nothing is remembered.
    it.runIf(template.kind === 'server')(
      'are remembered for as long as they do not change: a call reads nothing of them (I4)',
      async () => {
        const connections = service.part(LeverConnections);
        const secrets = service.part(InstallationSecrets);
        const reads = [
          vi.spyOn(connections, 'find'),
          vi.spyOn(connections, 'accessToken'),
          vi.spyOn(secrets, 'openReadable'),
        ];
        // Of the connecting the service hears once more, from the database, a moment after it was done.
        await expect
          .poll(async () => {
            vi.clearAllMocks();
            await stages().expect(200);
            return reads.map(({ mock }) => mock.calls.length);
          })
          .toEqual([0, 0, 0]);
        vi.restoreAllMocks();

        // As another replica would change them: that is heard of.
        const before = await tokensIssued();
        await service.database.query(
          'UPDATE lever_connections SET access_expires_at = refreshed_at WHERE installation_id = $1',
          [id],
        );
        await expect
          .poll(async () => {
            await stages().expect(200);
            return tokensIssued();
          })
          .toBe(before + 1);
      },
    );

    it('are counted under their Lever account, whatever the installation and however new they are (F3)', async () => {
      await service.database.query(`DELETE FROM rate_buckets`);
      await stages().expect(200);
      service.clock.forward(2 * HOUR_MS);
      await stages().expect(200);
      id = await create();
      expect((await connect()).status).toBe(200);
      await stages().expect(200);
      const buckets = await service.database.query<{ key: string }[]>(
        `SELECT key FROM rate_buckets WHERE key LIKE 'lever:%'`,
      );
      expect(buckets).toEqual([{ key: 'lever:account:demo' }]);
    });

    it('that Lever refuses early are renewed once, and the call is made again (I4)', async () => {
      const before = await tokensIssued();
      await fail(401, 1, '/stages$');
      await stages().expect(200);
      expect(await tokensIssued()).toBe(before + 1);
      expect((await shown()).state).toBe('draft');
    });

    it('that Lever refuses also when they are new are access lost: one renewal, two calls (I4, I6)', async () => {
      const before = await tokensIssued();
      const calls = async (): Promise<number> =>
        (await play.drive<{ path: string }[]>('GET', '/calls?vendor=lever')).filter(({ path }) =>
          path.endsWith('/stages'),
        ).length;
      const called = await calls();
      await fail(401, null, '/stages$');
      const answer = await stages().expect(409);
      expect(answer.body).toMatchObject({ code: 'lever_refused' });
      expect(await tokensIssued()).toBe(before + 1);
      expect(await calls()).toBe(called + 2);
      expect(await shown()).toMatchObject({ state: 'disconnected', lever: { oauth: null } });
      expect((await audited()).at(-1)).toEqual({
        action: 'installation.disconnected',
        data: { from: 'draft', reason: 'access_token_refused' },
      });
      await stages().expect(409);
      expect(await calls()).toBe(called + 2);
    });

    describe('are kept, new as they are, when the database refuses to', () => {
      beforeEach(() =>
        service.database.query(`
          CREATE SEQUENCE refused_tokens;
          CREATE FUNCTION refuse_tokens() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM nextval('refused_tokens'); RAISE EXCEPTION 'not now'; END $$;
          CREATE TRIGGER refuse_tokens BEFORE UPDATE ON lever_connections
            FOR EACH ROW WHEN (NEW.generation > OLD.generation) EXECUTE FUNCTION refuse_tokens();
        `),
      );
      const refuseNoMore = () => service.database.query('DROP FUNCTION IF EXISTS refuse_tokens CASCADE');
      afterEach(async () => {
        await refuseNoMore();
        await service.database.query('DROP SEQUENCE refused_tokens');
      });
      /** The pair that is kept is the one that Lever knows: it can be exchanged. */
      const exchangeOnce = async (): Promise<void> => {
        const before = await tokensIssued();
        service.clock.forward(2 * HOUR_MS);
        await stages().expect(200);
        expect(await tokensIssued()).toBe(before + 1);
      };

      it('for a moment (I4)', async () => {
        const before = await tokensIssued();
        service.clock.forward(2 * HOUR_MS);
        const asked = stages().then(({ status }) => status);
        // A sequence counts what a transaction that failed did.
        await eventually(async () => {
          const [counted] = await service.database.query<object[]>('SELECT is_called FROM refused_tokens');
          expect(counted).toEqual({ is_called: true });
        });
        expect(await tokensIssued()).toBe(before + 1);
        await refuseNoMore();
        expect(await asked).toBe(200);
        await exchangeOnce();
      });

      it('for longer than a turn: nobody here presents the old refresh token meanwhile (I4)', async () => {
        const before = await tokensIssued();
        service.clock.forward(2 * HOUR_MS);
        await stages().expect(502);
        await service.database.query(
          'UPDATE lever_connections SET refresh_blocked_until = now() WHERE installation_id = $1',
          [id],
        );
        const tries = async (): Promise<number> => {
          const [counted] = await service.database.query<{ last_value: string }[]>(
            'SELECT last_value FROM refused_tokens',
          );
          return Number(counted?.last_value);
        };
        const tried = await tries();
        const asked = stages().then(({ status }) => status);
        await eventually(async () => expect(await tries()).toBeGreaterThan(tried + 3));
        await refuseNoMore();
        expect(await asked).toBe(200);
        expect(await tokensIssued()).toBe(before + 1);
        await exchangeOnce();
      });

      it('for longer than anybody waits for them (I4)', async () => {
        const before = await tokensIssued();
        service.clock.forward(2 * HOUR_MS);
        const late = await stages().expect(502);
        expect(late.body).toMatchObject({ code: 'vendor_failed' });
        await refuseNoMore();
        await stages().expect(200);
        expect(await tokensIssued()).toBe(before + 1);
        await exchangeOnce();
      });
    });

    describe('whose turn is taken over from a process that stands still for a minute', () => {
      const connections = () => service.part(LeverConnections);
      const turnOf = async (): Promise<object | undefined> =>
        (
          await service.database.query<object[]>(
            `SELECT refreshing, refresh_blocked_until, refresh_failures FROM lever_connections
             WHERE installation_id = $1`,
            [id],
          )
        )[0];
      // So that it stands in nobody's way.
      afterEach(() =>
        service.database.query(
          'UPDATE lever_connections SET refreshing = false, refresh_blocked_until = now() WHERE installation_id = $1',
          [id],
        ),
      );
      const exchanges = async () =>
        (await play.drive<{ path: string }[]>('GET', '/calls?vendor=lever')).filter(({ path }) =>
          path.endsWith('/oauth/token'),
        );

      /** Asked while Lever keeps the first waiting for a refusal; then the minute is over, and another takes the turn. */
      const overtake = async (status: number, body?: object) => {
        const before = (await exchanges()).length;
        const match = { path: '/oauth/token$' };
        await play.drive('POST', '/faults', {
          vendor: 'lever',
          match,
          kind: 'status',
          status,
          body,
          delayMs: HOUR_MS,
        });
        service.clock.forward(2 * HOUR_MS);
        const asked = stages().then(({ status: answered }) => answered);
        await eventually(async () => expect(await exchanges()).toHaveLength(before + 1));
        await service.database.query(
          'UPDATE lever_connections SET refresh_blocked_until = now() WHERE installation_id = $1',
          [id],
        );
        const generation = (await connections().find(id))?.generation ?? Number.NaN;
        const turn = await connections().takeTurn(id, generation);
        if (turn.kind !== 'mine') throw new Error('the turn was not taken over');
        return { asked, generation, turn };
      };

      it('are not exchanged by a third: its failure leaves the turn to who has it now (I4)', async () => {
        const { asked } = await overtake(503);
        const taken = await turnOf();
        await play.drive('POST', '/faults/let-go');
        expect(await asked).toBe(502);
        expect(await turnOf()).toEqual(taken);
      });

      it('are not lost by what Lever refuses it then: the new pair is on its way to the other (I4, I6)', async () => {
        const { asked, generation, turn } = await overtake(400, { error: 'invalid_grant' });
        const issued = await service
          .part(LeverTokenEndpoint)
          .refresh(turn.refreshToken, new Date(service.clock.now().getTime() + HOUR_MS));
        const taken = vi.spyOn(service.part(LostAccess), 'byTokens');
        await play.drive('POST', '/faults/let-go');
        await eventually(() => expect(taken).toHaveResolved());
        taken.mockRestore();
        await connections().keep(id, generation, {
          accessToken: issued.accessToken,
          refreshToken: issued.refreshToken ?? '',
          accessExpiresAt: new Date(service.clock.now().getTime() + HOUR_MS),
        });
        expect(await asked).toBe(200);
        expect(await shown()).toMatchObject({ state: 'draft', lever: { oauth: { warning: null } } });
      });
    });

    it('are used to their end while the token endpoint fails, and that is no disconnect (I6)', async () => {
      await fail(503, null);
      service.clock.forward(56 * 60_000);
      await stages().expect(200);
      service.clock.forward(10 * 60_000);
      await stages().expect(502);
      await play.drive('DELETE', '/faults');
      expect((await shown()).lever.oauth).not.toBeNull();
      await eventually(() => stages().expect(200));
    });

    it.each([429, 500, 400])('survive a %i of the token endpoint (I6)', async (status) => {
      await fail(status, 1);
      service.clock.forward(2 * HOUR_MS);
      await stages().expect(502);
      expect(await shown()).toMatchObject({ state: 'draft', lever: { oauth: { warning: null } } });
      await eventually(() => stages().expect(200));
    });

    it.each(['drop_before', 'garbage'])(
      'survive a token endpoint of which nothing comes (%s) (I6)',
      async (kind) => {
        await play.drive('POST', '/faults', { vendor: 'lever', match: { path: '/oauth/token$' }, kind });
        service.clock.forward(2 * HOUR_MS);
        await stages().expect(502);
        expect(await shown()).toMatchObject({ state: 'draft', lever: { oauth: { warning: null } } });
        await eventually(() => stages().expect(200));
      },
    );

    it('survive a client secret that is wrong, where Lever says so, and the answer tells whom to ask (I6)', async () => {
      await fail(401, 1, '/oauth/token$', { error: 'invalid_client' });
      service.clock.forward(2 * HOUR_MS);
      const answer = await stages().expect(409);
      expect(answer.body).toMatchObject({
        code: 'lever_refused',
        detail: expect.stringMatching(/POST \/oauth\/token.*OAuth client id and secret/) as string,
      });
      expect(await shown()).toMatchObject({ state: 'draft', lever: { oauth: { warning: null } } });
      await eventually(() => stages().expect(200));
    });

    it('survive a 403 of the API, which names the scope that is lacking (I6)', async () => {
      await fail(403, 1, '/stages$');
      const answer = await stages().expect(409);
      expect(answer.body).toMatchObject({
        code: 'lever_refused',
        detail: expect.stringContaining('stages:read:admin') as string,
      });
      expect((await shown()).lever.oauth).not.toBeNull();
    });

    it('that cannot be renewed do not keep those of others from it, however many there are (I4)', async () => {
      await connect();
      const failing = id;
      id = await create();
      await connect();
      service.clock.forward(7 * DAY_MS);
      await fail(503, null);
      id = failing;
      await stages().expect(502);
      const idle = await service.part(LeverConnections).notRefreshedSince(service.clock.now(), 1_000);
      const next = idle.map(({ installationId }) => installationId);
      expect(next.length).toBeGreaterThan(1);
      expect(next.at(-1)).toBe(failing);
    });

    it('of an idle installation are renewed within a week, also when nothing else happens (I4)', async () => {
      const { lever } = await shown();
      service.clock.forward(7 * DAY_MS);
      await service.send(keepLeverConnected, {});
      await eventually(async () => {
        expect((await shown()).lever.oauth?.refreshedAt).not.toBe(lever.oauth?.refreshedAt);
      });
      expect((await shown()).lever.oauth?.connectedAt).toBe(lever.oauth?.connectedAt);
    });

    it('are looked after from the start of the service, unasked (I4)', async () => {
      await eventually(async () => {
        const rounds = await service.database.query<object[]>(
          `SELECT id FROM pgboss.job WHERE name = $1 AND singleton_on IS NOT NULL`,
          [keepLeverConnected.name],
        );
        expect(rounds.length).toBeGreaterThan(0);
      });
    });

    it('are announced to end two weeks before the year is over (I4)', async () => {
      service.clock.forward(350 * DAY_MS);
      expect((await shown()).lever.oauth?.warning).toBeNull();
      service.clock.forward(2 * DAY_MS);
      const { oauth } = (await shown()).lever;
      expect(oauth?.warning).toContain(oauth?.expiresAt.slice(0, 10));
      const findings = await check();
      const ends = findings.find(({ code }) => code === 'lever_access_ends');
      expect(ends).toMatchObject({ severity: 'warning' });
      expect(ends?.message).toContain(oauth?.expiresAt.slice(0, 10));
    });

    it('that may not write are found out by the check, which names what Lever did not grant (I4, I7)', async () => {
      expect(await check()).not.toContainEqual(expect.objectContaining({ severity: 'error' }));
      const url = new URL(await link());
      const scopes = (url.searchParams.get('scope') ?? '').split(' ');
      url.searchParams.set('scope', scopes.filter((scope) => !scope.startsWith('notes')).join(' '));
      expect((await comeBack(service.url, await decideAtLever(play, url.href))).status).toBe(200);
      const errors = (await check()).filter(({ severity }) => severity === 'error');
      expect(errors).toMatchObject([
        { code: 'lever_permission_missing', message: expect.stringContaining('notes:write:admin') as string },
      ]);
    });

    it('give way to an API key that is set, and a key to them (I5)', async () => {
      await service.admin
        .patch(`${BASE}/${id}`)
        .set('if-match', '"1"')
        .send({ lever: { apiKey: SEED.lever.apiKey } })
        .expect(200);
      expect((await shown()).lever).toMatchObject({ oauth: null, apiKey: { set: true } });
      await stages().expect(200);
      await connect();
      expect((await shown()).lever).toMatchObject({ apiKey: null, oauth: { warning: null } });
      const kinds = await service.database.query<{ kind: string }[]>(
        `SELECT kind FROM installation_secrets WHERE installation_id = $1 AND kind LIKE 'lever%' ORDER BY kind`,
        [id],
      );
      expect(kinds.map(({ kind }) => kind)).toEqual(['lever_access_token', 'lever_refresh_token']);
    });

    it.each([
      [403, { error: 'invalid_grant' }],
      [400, { error: 'invalid_grant' }],
      [401, { error: 'access_denied' }],
    ])('that are refused with %i disconnect the installation, on record (I6)', async (status, body) => {
      await fail(status, 1, '/oauth/token$', body);
      service.clock.forward(2 * HOUR_MS);
      const answer = await stages().expect(409);
      expect(answer.body).toMatchObject({ code: 'not_connected' });
      expect(await shown()).toMatchObject({ state: 'disconnected', lever: { oauth: null } });
      expect((await audited()).at(-1)).toEqual({
        action: 'installation.disconnected',
        data: { from: 'draft', reason: 'refresh_refused' },
      });
    });
  });
});

describe('a service without an OAuth app', () => {
  it('says how to get one (I4)', async () => {
    const service = await startTestService();
    const id = await createInstallation(service);
    const answer = await service.admin.post(`${BASE}/${id}/oauth-link`).expect(409);
    expect(answer.body).toMatchObject({ code: 'oauth_not_configured' });
    await service.stop();
  });
});
