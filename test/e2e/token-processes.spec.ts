import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { comeBack, decideAtLever } from '../support/consent.js';
import { eventually } from '../support/eventually.js';
import { LocalServer, sendJson } from '../support/local-server.js';
import { leverWebhook, TRIGGER_STAGE } from '../support/play.js';
import { ProcessStage, type Replica } from '../support/process-stage.js';

const template = inject('databaseTemplate');

/** The embedded database has room for one process, and none for a test that looks in meanwhile. */
const onServer = template.kind === 'server' ? describe : describe.skip;

const TIMEOUT_MS = 600_000;

onServer(
  'tokens and several processes (on PostgreSQL only: processes share no embedded database)',
  { timeout: TIMEOUT_MS },
  () => {
    const cleanUps: (() => unknown)[] = [];
    const later = (cleanUp: () => unknown): void => void cleanUps.unshift(cleanUp);
    let stage: ProcessStage;

    beforeAll(() => buildIfNeeded());
    afterEach(async () => {
      for (const cleanUp of cleanUps.splice(0)) await cleanUp();
    });

    const setTheStage = async (): Promise<void> => {
      stage = await ProcessStage.set();
      later(() => stage[Symbol.asyncDispose]());
    };

    const drive = <T>(method: string, path: string, body?: object): Promise<T> =>
      stage.drive<T>(method, path, body);

    const tokensIssued = async (): Promise<number> => {
      const state = await drive<{ lever: { writes: Record<string, number> } }>('GET', '/state');
      return state.lever.writes['tokensIssued'] ?? 0;
    };

    const connect = async ({ url }: Replica, id: string): Promise<URL> => {
      const { body } = await stage.call(`${url}/admin/v1/installations/${id}/oauth-link`, 'POST');
      const link = new URL(String(body['url']));
      const authorize = `${stage.sandbox.leverAuthUrl}/authorize${link.search}`;
      const back = await decideAtLever({ drive }, authorize);
      expect((await comeBack(url, back)).status).toBe(200);
      return back;
    };

    const endAccessToken = (id: string) =>
      stage.database.query(
        'UPDATE lever_connections SET access_expires_at = now() WHERE installation_id = $1',
        [id],
      );

    it('are exchanged by one of two processes that need them at once, and both have the new ones (I4)', async () => {
      await setTheStage();
      const [one, other] = [await stage.start(), await stage.start()];
      const id = await stage.create(one);
      const back = await connect(one, id);
      const slow = {
        vendor: 'lever',
        match: { path: '/oauth/token$' },
        kind: 'slow',
        delayMs: 200,
        times: null,
      };
      await drive('POST', '/faults', slow);
      for (let round = 1; round <= 5; round++) {
        const before = await tokensIssued();
        await endAccessToken(id);
        const answers = await Promise.all(
          [one, other, one, other, one, other].map(({ url }) =>
            stage.call(`${url}/admin/v1/installations/${id}/stages`),
          ),
        );
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
        expect(await tokensIssued()).toBe(before + 1);
      }
      const secrets = [...back.searchParams.values(), 'eyJ', 'v1.'];
      for (const secret of secrets) expect(one.child.output() + other.child.output()).not.toContain(secret);
    });

    it('are kept by a process that is told to end between the question and the answer (I4, F5)', async () => {
      await setTheStage();
      const first = await stage.start();
      const id = await stage.create(first);
      await connect(first, id);
      const match = { path: '/oauth/token$' };
      await drive('POST', '/faults', { vendor: 'lever', match, kind: 'slow', delayMs: 3_000, times: 1 });
      const before = await tokensIssued();
      await endAccessToken(id);
      const asked = stage.call(`${first.url}/admin/v1/installations/${id}/stages`);
      await eventually(async () => {
        const calls = await drive<{ path: string }[]>('GET', '/calls?vendor=lever');
        expect(calls.filter(({ path }) => path.endsWith('/oauth/token'))).toHaveLength(2);
      });
      first.child.process.kill('SIGTERM');
      expect((await asked).status).toBe(200);
      // Not by its watchdog: the connection on which it answered is closed, though its client would keep it.
      expect(await first.child.exit()).toBe(0);
      expect(await tokensIssued()).toBe(before + 1);
      // What it kept is what Lever issued last: the next process can go on with it.
      const second = await stage.start();
      await endAccessToken(id);
      expect((await stage.call(`${second.url}/admin/v1/installations/${id}/stages`)).status).toBe(200);
      expect(await tokensIssued()).toBe(before + 2);
    });

    it('are lost if the process dies before it keeps them: then it is disconnected, and nothing else is lost (I4, I6)', async () => {
      await setTheStage();
      const auth = await LocalServer.start();
      later(() => auth.stop());
      let onAnswer = (): void => undefined;
      auth.answer(({ target, body }, response) => {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const passOn = async (): Promise<void> => {
          const answer = await fetch(`${stage.sandbox.leverAuthUrl}${target}`, {
            method: 'POST',
            headers,
            body,
          });
          const answered: unknown = await answer.json();
          onAnswer();
          sendJson(response, answer.status, answered);
        };
        void passOn();
      });
      stage.env['LEVER_AUTH_URL'] = auth.url;
      const first = await stage.start();
      const id = await stage.create(first);
      await connect(first, id);
      const installation = `/admin/v1/installations/${id}`;
      expect((await stage.call(`${first.url}${installation}/activate`, 'POST', {})).status).toBe(200);

      await endAccessToken(id);
      onAnswer = () => first.child.process.kill('SIGKILL');
      await expect(stage.call(`${first.url}${installation}/stages`)).rejects.toThrow('fetch failed');
      await first.child.exit();
      onAnswer = () => undefined;

      // The turn of the process that died is over after a minute; here it is over now.
      await stage.database.query(`UPDATE lever_connections SET refresh_blocked_until = now()`);
      const second = await stage.start();
      const candidate = await drive<{ id: string }>('POST', '/lever/opportunities', {
        name: 'Ana Ruiz',
        emails: ['ana@example.com'],
        stageId: TRIGGER_STAGE,
      });
      const data = { opportunityId: candidate.id, toStageId: TRIGGER_STAGE };
      const delivery = await stage.call(`${second.url}/webhooks/lever/${id}`, 'POST', leverWebhook({ data }));
      expect(delivery.status).toBe(200);
      await eventually(async () => {
        expect((await stage.call(`${second.url}${installation}`)).body).toMatchObject({
          state: 'disconnected',
        });
      });
      await connect(second, id);
      await eventually(async () => {
        const { status } = await stage.call(`${second.url}${installation}/activate`, 'POST', {
          waiting: 'process',
        });
        expect(status).toBe(200);
      });
      await eventually(async () => {
        expect(await drive('GET', `/victig/orders?opportunity=${candidate.id}`)).toHaveLength(1);
      });
    });
  },
);
