import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { startChild, type Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { newInstallation } from '../support/new-installation.js';
import { leverWebhook, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { ADMIN_KEY } from '../support/service.js';
import { createTestDatabase } from '../support/test-database.js';

const ENCRYPTION_KEYS = `k1:${randomBytes(32).toString('base64')}`;

/** Longer than all that a test waits for, each with a limit of its own that says what was waited for. */
const TIMEOUT_MS = 600_000;

describe('the service as a process', { timeout: TIMEOUT_MS }, () => {
  const cleanUps: (() => unknown)[] = [];
  const later = (cleanUp: () => unknown): void => void cleanUps.unshift(cleanUp);

  beforeAll(() => buildIfNeeded());
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'processes-spec-'));
    later(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };

  const start = (env: Record<string, string>): Child => {
    const child = startChild(['dist/main.js'], { LOG_LEVEL: 'error', ...env });
    later(() => child.kill('SIGKILL'));
    return child;
  };

  const untilReady = (port: number, child: Child): Promise<void> => child.ready(`http://127.0.0.1:${port}`);

  it('does not start without encryption keys, and names every fault with its remedy at once', async () => {
    const child = start({ PORT: 'many', DATABASE_URL: 'mysql://x', DATA_DIR: newFolder() });
    expect(await child.exit()).toBe(1);
    expect(child.output()).toContain('ENCRYPTION_KEYS: is not set. Give id:base64key');
    expect(child.output()).toContain('PORT: is not usable. Give a port');
    expect(child.output()).toContain('DATABASE_URL: is not usable. Give postgres://');
    expect(child.output()).not.toContain('mysql://x');
  });

  describe('with a folder of its own', () => {
    let port: number;
    let DATA_DIR: string;
    let first: Child;

    beforeAll(async () => {
      port = await freePort();
      DATA_DIR = mkdtempSync(join(tmpdir(), 'processes-spec-'));
      first = startChild(['dist/main.js'], {
        LOG_LEVEL: 'error',
        PORT: String(port),
        ENCRYPTION_KEYS,
        DATA_DIR,
      });
      await untilReady(port, first);
    }, TIMEOUT_MS);
    afterAll(async () => {
      await first.kill('SIGKILL');
      rmSync(DATA_DIR, { recursive: true, force: true });
    });

    it('says in one sentence that its port is taken, before it touches the database or any job (F5)', async () => {
      const untouched = newFolder();
      const second = start({ PORT: String(port), ENCRYPTION_KEYS, DATA_DIR: untouched });
      expect(await second.exit()).toBe(1);
      expect(second.output()).toContain(`Port ${port} on 127.0.0.1 is in use`);
      expect(readdirSync(untouched)).toEqual([]);
    });

    it('refuses a data folder that another process uses, in one sentence', async () => {
      const second = start({ PORT: '0', ENCRYPTION_KEYS, DATA_DIR });
      expect(await second.exit()).toBe(1);
      expect(second.output()).toMatch(/data folder .* is in use by another process/);
      expect(second.output()).not.toContain('    at ');
    });

    it('makes a first admin key and shows it once', async () => {
      const shown: string[] = [];
      const look = async (child: Child, at: number): Promise<void> => {
        shown.push(...(child.output().match(/lvk_[\w-]+/g) ?? []));
        const answer = await fetch(`http://127.0.0.1:${at}/admin/v1/orders`, {
          headers: { authorization: `Bearer ${shown[0]}` },
        });
        expect(answer.status).toBe(200);
        expect(await child.kill('SIGTERM')).toBe(0);
      };
      await look(first, port);
      const nextPort = await freePort();
      const next = start({ PORT: String(nextPort), ENCRYPTION_KEYS, DATA_DIR });
      await untilReady(nextPort, next);
      await look(next, nextPort);
      expect(shown).toHaveLength(1);
    });
  });

  it('loses nothing it has acknowledged and orders nothing twice when it is killed at any moment (F1)', async () => {
    const database = await createTestDatabase(inject('databaseTemplate'));
    later(() => database.drop());
    const sandbox = await startSandbox({ port: 0 });
    later(() => sandbox.close());
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      ...database.env,
      PORT: String(port),
      ENCRYPTION_KEYS,
      ADMIN_API_KEY: ADMIN_KEY,
      LEVER_API_URL: sandbox.leverApiUrl,
      VICTIG_API_URL: sandbox.victigApiUrl,
      VICTIG_API_TOKEN: SEED.victig.token,
      ALLOW_PRIVATE_VENDOR_HOSTS: 'true',
      LEVER_REQUESTS_PER_SECOND: '1000',
      LEVER_BURST: '1000',
      VICTIG_REQUESTS_PER_SECOND: '1000',
      VICTIG_BURST: '1000',
    };
    const json = async (target: string, body?: object): Promise<unknown> => {
      const answer = await fetch(target, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      expect(answer.ok, await answer.clone().text()).toBe(true);
      return answer.json();
    };

    let child = start(env);
    await untilReady(port, child);
    const { id } = (await json(
      `${url}/admin/v1/installations`,
      newInstallation({
        lever: { apiKey: SEED.lever.apiKey },
        signatureTokens: [SIGNATURE_TOKEN],
        triggerStageIds: [TRIGGER_STAGE],
      }),
    )) as { id: string };
    await json(`${url}/admin/v1/installations/${id}/activate`, {});

    const opportunities: string[] = [];
    // Killed three times: as soon as a delivery is answered, and at two moments of the work that follows.
    for (const callsBeforeTheKill of [0, 2, 5]) {
      const state = async (): Promise<number> => {
        const calls = (await json(`${sandbox.url}/drive/calls`)) as unknown[];
        return calls.length;
      };
      const before = await state();
      for (let each = 0; each < 3; each++) {
        const candidate = (await json(`${sandbox.url}/drive/lever/opportunities`, {
          name: 'Ana Ruiz',
          emails: [`ana${opportunities.length}@example.com`],
          stageId: TRIGGER_STAGE,
        })) as { id: string };
        opportunities.push(candidate.id);
        await json(
          `${url}/webhooks/lever/${id}`,
          leverWebhook({ data: { opportunityId: candidate.id, toStageId: TRIGGER_STAGE } }),
        );
      }
      await eventually(async () => expect(await state()).toBeGreaterThanOrEqual(before + callsBeforeTheKill));
      await child.kill('SIGKILL');
      child = start(env);
      await untilReady(port, child);
    }

    // What VICTIG took without our hearing of it may be looked for for a minute before it is ordered again.
    await eventually(async () => {
      for (const opportunityId of opportunities) {
        const orders = (await json(
          `${sandbox.url}/drive/victig/orders?opportunity=${opportunityId}`,
        )) as unknown[];
        expect(orders).toHaveLength(1);
        const seen = (await json(`${sandbox.url}/drive/lever/opportunities/${opportunityId}`)) as {
          tags: string[];
        };
        expect(seen.tags.filter((tag) => tag.startsWith('Background'))).toEqual([
          'Background Check Status: Pending',
        ]);
      }
    }, 240_000);
    expect(await child.kill('SIGTERM')).toBe(0);
  });

  it('is tried out with npm start as the README says, and goes on where it ended', async () => {
    const DATA_DIR = newFolder();
    const ports = { PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()) };
    const tryIt = (): Child => {
      const child = startChild(['sandbox/try-it.ts'], { DATA_DIR, ...ports });
      later(() => child.kill('SIGKILL'));
      return child;
    };
    const first = tryIt();
    await eventually(() => expect(first.output()).toContain('Ctrl-C'), 120_000);
    const key = /Admin key +(\S+)/.exec(first.output())?.[1] ?? '';
    const page = /^ +(http\S+)$/m.exec(first.output())?.[1] ?? '';
    expect(await (await fetch(page)).text()).toContain('<div id="root">');
    const drive = async (path: string, body: object = {}): Promise<void> => {
      const answer = await fetch(`${page}/drive${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(answer.status, path).toBe(200);
    };
    const candidate = `/lever/opportunities/${SEED.lever.opportunities.anaRuiz}`;
    const tagsAre = (...expected: string[]): Promise<void> =>
      eventually(async () => {
        const seen = (await (await fetch(`${page}/drive${candidate}`)).json()) as { tags: string[] };
        expect(seen.tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag)).toSorted()).toEqual(
          expected.toSorted(),
        );
      });
    await drive(`${candidate}/move`, { stageId: SEED.lever.stages.backgroundCheck });
    await tagsAre('Background Check Status: Pending');
    await drive('/victig/orders/latest/finish-quickapp');
    await tagsAre('Background Check Status: In Progress');
    await drive('/victig/orders/latest/complete', { flagged: true, decision: 'Eligible' });
    await tagsAre('Background Check Status: Complete', 'Flag: True', 'Decision: Eligible');
    expect(await first.kill('SIGINT')).toBe(0);

    const second = tryIt();
    await eventually(() => expect(second.output()).toContain('Ctrl-C'), 120_000);
    const answer = await fetch(`http://127.0.0.1:${ports.PORT}/admin/v1/orders`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { items } = (await answer.json()) as { items: { status: string }[] };
    expect(items).toMatchObject([{ status: 'complete', flagged: true, decision: 'Eligible' }]);
    expect(await second.kill('SIGINT')).toBe(0);
  });

  it('is tried out again when its admin key was revoked, with another one', async () => {
    const DATA_DIR = newFolder();
    const ports = { PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()) };
    const keys = `http://127.0.0.1:${ports.PORT}/admin/v1/keys`;
    const tryIt = async (): Promise<{ child: Child; headers: Record<string, string> }> => {
      const child = startChild(['sandbox/try-it.ts'], { DATA_DIR, ...ports });
      later(() => child.kill('SIGKILL'));
      await eventually(() => {
        if (child.process.exitCode !== null) throw new Error(child.output());
        expect(child.output()).toContain('Ctrl-C');
      }, 120_000);
      const key = /Admin key +(\S+)/.exec(child.output())?.[1] ?? '';
      return { child, headers: { authorization: `Bearer ${key}` } };
    };
    const first = await tryIt();
    const { items } = (await (await fetch(keys, { headers: first.headers })).json()) as {
      items: { id: string }[];
    };
    // Another has to be there before one may go.
    const made = await fetch(keys, {
      method: 'POST',
      headers: { ...first.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Mine', role: 'admin' }),
    });
    expect(made.status).toBe(201);
    const { headers } = first;
    expect((await fetch(`${keys}/${items[0]?.id}`, { method: 'DELETE', headers })).status).toBe(204);
    expect(await first.child.kill('SIGINT')).toBe(0);

    const second = await tryIt();
    expect(second.child.output()).toContain('was revoked: another one is made');
    expect(second.headers).not.toEqual(first.headers);
    expect((await fetch(keys, { headers: second.headers })).status).toBe(200);
    expect(await second.child.kill('SIGINT')).toBe(0);
    const third = await tryIt();
    expect(third.headers).toEqual(second.headers);
    expect(await third.child.kill('SIGINT')).toBe(0);
  });

  it('is tried out again at once when it was killed in the middle of an order, which goes on (F1)', async () => {
    const DATA_DIR = newFolder();
    const ports = { PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()) };
    const page = `http://127.0.0.1:${ports.SANDBOX_PORT}/drive`;
    const tryIt = async (): Promise<Child> => {
      const child = startChild(['sandbox/try-it.ts'], { DATA_DIR, ...ports });
      later(() => child.kill('SIGKILL'));
      await eventually(() => {
        if (child.process.exitCode !== null) throw new Error(child.output());
        expect(child.output()).toContain('Ctrl-C');
      }, 120_000);
      return child;
    };
    const post = async (path: string, body: object): Promise<void> => {
      const answer = await fetch(page + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(answer.ok, path).toBe(true);
    };
    const read = async (path: string): Promise<unknown> => (await fetch(page + path)).json();
    const candidate = `/lever/opportunities/${SEED.lever.opportunities.anaRuiz}`;

    const first = await tryIt();
    // VICTIG takes it, and the answer never comes.
    await post('/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/orders$' },
      kind: 'hang_after',
    });
    await post(`${candidate}/move`, { stageId: SEED.lever.stages.backgroundCheck });
    await eventually(async () => expect(await read('/faults')).toMatchObject([{ struck: 1 }]));
    await first.kill('SIGKILL');

    const second = await tryIt();
    await eventually(async () => {
      const { tags } = (await read(candidate)) as { tags: string[] };
      expect(tags).toContain('Background Check Status: Pending');
    }, 120_000);
    expect(await read(`/victig/orders?opportunity=${SEED.lever.opportunities.anaRuiz}`)).toHaveLength(1);
    expect(await second.kill('SIGINT')).toBe(0);
  });

  it.each([
    { PORT: '0', says: 'PORT is "0": give a port from 1 to 65535, as in PORT=3001 npm start.' },
    { PORT: '65536', says: 'PORT is "65536": give a port from 1 to 65535, as in PORT=3001 npm start.' },
    {
      SANDBOX_PORT: 'http',
      says: 'SANDBOX_PORT is "http": give a port from 0 to 65535, as in SANDBOX_PORT=4001 npm start.',
    },
  ])('says in a sentence which port it cannot be tried out with: $says', async ({ says, ...ports }) => {
    const DATA_DIR = newFolder();
    const free = { PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()) };
    const child = startChild(['sandbox/try-it.ts'], { DATA_DIR, ...free, ...ports });
    later(() => child.kill('SIGKILL'));
    await eventually(() => expect(child.process.exitCode, child.output()).toBe(1));
    await child.exit();
    expect(child.output().trim()).toBe(says);
    expect(readdirSync(DATA_DIR)).toEqual([]);
  });

  it('names the port that is busy when it is tried out', async () => {
    const sandbox = await startSandbox({ port: 0 });
    later(() => sandbox.close());
    const busy = new URL(sandbox.url).port;
    const child = startChild(['sandbox/try-it.ts'], {
      DATA_DIR: newFolder(),
      PORT: String(await freePort()),
      SANDBOX_PORT: busy,
    });
    expect(await child.exit()).toBe(1);
    expect(child.output()).toContain(`Port ${busy} is in use`);
  });
});
