import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { startChild, type Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { ADMIN_KEY } from '../support/service.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

// On the embedded database each start is a minute on a busy machine.
describe('a service and encryption keys that do not fit its data', { timeout: 600_000 }, () => {
  const [old, other, fresh] = [key('k1'), key('k1'), key('k2')];
  let database: TestDatabase;
  const running: Child[] = [];

  beforeAll(async () => {
    buildIfNeeded();
    database = await createTestDatabase(inject('databaseTemplate'));
  });
  afterEach(async () => {
    for (const child of running.splice(0)) await child.kill('SIGKILL');
  });
  afterAll(() => database.drop());

  async function start(ENCRYPTION_KEYS: string): Promise<{ child: Child; url: string }> {
    const port = await freePort();
    const child = startChild(['dist/main.js'], {
      ...database.env,
      PORT: String(port),
      ENCRYPTION_KEYS,
      ADMIN_API_KEY: ADMIN_KEY,
      AUDIT_CHECKPOINT_SECONDS: '1',
      LOG_LEVEL: 'info',
    });
    running.push(child);
    return { child, url: `http://127.0.0.1:${port}` };
  }

  const call = async (url: string): Promise<unknown> =>
    (await fetch(url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).json();

  /** Everything that a start writes to, but for the queue. */
  async function written(): Promise<unknown> {
    const dataSource = await openTestDataSource(database);
    try {
      const [row] = await dataSource.query<unknown[]>(
        `SELECT (SELECT count(*) FROM admin_keys) AS keys, (SELECT count(*) FROM audit_entries) AS entries,
           (SELECT count(*) FROM audit_checkpoints) AS checkpoints,
           (SELECT string_agg(encode(hash, 'hex'), ',') FROM admin_keys) AS hashes`,
      );
      return row;
    } finally {
      await dataSource.destroy();
    }
  }

  it('does not start, says why, and writes nothing; with the right key back all is as it was (I2, A2)', async () => {
    const first = await start(old);
    await first.child.ready(first.url);
    await eventually(() => expect(first.child.output()).toContain('audit checkpoint 1 '));
    await first.child.kill('SIGTERM');
    const before = await written();
    expect(before).toMatchObject({ keys: '1' });

    for (const [keys, sentence] of [
      [other, 'ENCRYPTION_KEYS: holds under the name k1 another key than the one that sealed'],
      [`${fresh},${other}`, 'ENCRYPTION_KEYS: holds under the name k1 another key than the one that sealed'],
      [fresh, 'ENCRYPTION_KEYS: lacks the key k1, which sealed what is in the database.'],
    ] as const) {
      const refused = await start(keys);
      expect(await refused.child.exit()).toBe(1);
      expect(refused.child.output()).toContain(sentence);
      expect(refused.child.output()).not.toContain('    at ');
      expect(await written()).toEqual(before);
    }

    const back = await start(`${fresh},${old}`);
    await back.child.ready(back.url);
    expect(await call(`${back.url}/admin/v1/audit/verify`)).toMatchObject({
      ok: true,
      brokenCheckpoint: null,
    });
    expect(await call(`${back.url}/admin/v1/keys`)).toMatchObject({ items: [{ name: 'ADMIN_API_KEY' }] });
  });
});
