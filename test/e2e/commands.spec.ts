import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import { SECRETS_COLUMN } from '../../src/installations/installation-secrets.js';
import { SystemClock } from '../../src/platform/clock.js';
import { KeyRing } from '../../src/platform/crypto/key-ring.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { TimeOrderedIds } from '../../src/platform/ids.js';
import { startChild } from '../support/child.js';
import { SetClock } from '../support/set-clock.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

const SECRET = 'a-signature-token-of-commands';

// Each command starts the embedded database anew, which takes its time on a busy machine.
describe('the commands of the terminal', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'commands-spec-'));
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  const installationId = randomUUID();
  const secret = { installation_id: installationId, id: randomUUID(), kind: 'signature_token' };
  let database: TestDatabase;

  /** On the embedded database only one may be in at a time, so what a test does is done before a command runs. */
  async function inDatabase<T>(work: (database: DataSource) => Promise<T>, which = database): Promise<T> {
    const dataSource = await openTestDataSource(which);
    try {
      return await work(dataSource);
    } finally {
      await dataSource.destroy();
    }
  }

  beforeAll(async () => {
    buildIfNeeded();
    database = await createTestDatabase(inject('databaseTemplate'));
    await inDatabase(async (dataSource) => {
      const transactions = new Transactions(dataSource);
      const audit = new AuditTrail(new SystemClock(), new TimeOrderedIds());
      await dataSource.query(
        `INSERT INTO installations (id, state, settings_version, created_at, updated_at)
         VALUES ($1, 'draft', 1, now(), now())`,
        [installationId],
      );
      const ring = new KeyRing([{ id: 'old', key: old }]);
      const sealed = ring.seal(Buffer.from(SECRET), SECRETS_COLUMN.place(secret));
      await dataSource.query(
        `INSERT INTO installation_secrets (installation_id, id, kind, sealed, last_four, created_at)
         VALUES ($1, $2, $3, $4, 'ands', now())`,
        [installationId, secret.id, secret.kind, sealed],
      );
      for (let n = 0; n < 5; n++) {
        await transactions.run((tx) =>
          audit.record(tx, {
            action: 'signature_token.added',
            data: { tokenId: randomUUID() },
            actor: 'admin_key:test',
            installationId,
          }),
        );
      }
    });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await database.drop();
  });

  /** What the machine happens to have set must not help. */
  async function runWithoutKeys(script: string, env: Record<string, string> = {}) {
    const child = startChild([`dist/${script}.js`], { ...database.env, ...env });
    return { code: await child.exit(), output: child.output() };
  }

  async function run(script: string, keys: string, args: string[] = []) {
    const file = join(folder, 'keys');
    writeFileSync(file, keys);
    const child = startChild([`dist/${script}.js`, ...args], {
      ...database.env,
      ENCRYPTION_KEYS_FILE: file,
      LOG_LEVEL: 'silent',
    });
    return { code: await child.exit(), output: child.output() };
  }

  const named = (id: string, key: Buffer): string => `${id}:${key.toString('base64')}`;

  it('secrets:rotate seals anew under the first key, puts it on record, and says when the old one may go (I2)', async () => {
    const lacking = await run('rotate-secrets', named('fresh', fresh));
    expect(lacking).toMatchObject({ code: 1 });
    expect(lacking.output).toContain('1 values are still sealed under another key, 1 of which no configured');
    const rotated = await run('rotate-secrets', `${named('fresh', fresh)}\n${named('old', old)}\n`);
    expect(rotated, rotated.output).toMatchObject({ code: 0 });
    expect(rotated.output).toContain(
      'Sealed anew under fresh: 1 secrets of installations, 0 keys of orders.',
    );
    // As it is to be kept elsewhere (docs/trust.md): a whole line, without the colours of a terminal.
    expect(rotated.output).toMatch(/^audit checkpoint \d+ \S+ [0-9a-f]{64} fresh [0-9a-f]{64}$/m);
    await inDatabase(async (dataSource) => {
      const [row] = await dataSource.query<{ sealed: Buffer }[]>('SELECT sealed FROM installation_secrets');
      const ring = new KeyRing([{ id: 'fresh', key: fresh }]);
      expect(ring.open(row?.sealed ?? Buffer.alloc(0), SECRETS_COLUMN.place(secret)).toString()).toBe(SECRET);
      const entries = await dataSource.query<unknown[]>(
        `SELECT data FROM audit_entries WHERE action = 'secrets.rotated' ORDER BY seq`,
      );
      expect(entries).toEqual([
        { data: { keyId: 'fresh', installationSecrets: 0, orderKeys: 0 } },
        { data: { keyId: 'fresh', installationSecrets: 1, orderKeys: 0 } },
      ]);
    });
  });

  it('secrets:rotate opens what it counts, and neither calls other bytes the same key nor writes with them (I2)', async () => {
    const before = await inDatabase((dataSource) =>
      dataSource.query<unknown[]>('SELECT id FROM audit_entries'),
    );
    const misfit = await run('rotate-secrets', named('fresh', randomBytes(32)));
    expect(misfit).toMatchObject({ code: 1 });
    expect(misfit.output).toContain(
      'Nothing was sealed anew: ENCRYPTION_KEYS holds under the name fresh another key than the one that sealed',
    );
    const impostor = new KeyRing([{ id: 'fresh', key: randomBytes(32) }]);
    const second = { ...secret, id: randomUUID() };
    await inDatabase(async (dataSource) => {
      expect(await dataSource.query('SELECT id FROM audit_entries')).toEqual(before);
      await dataSource.query(
        `INSERT INTO installation_secrets (installation_id, id, kind, sealed, last_four, created_at)
         VALUES ($1, $2, $3, $4, 'ands', now())`,
        [
          installationId,
          second.id,
          second.kind,
          impostor.seal(Buffer.from(SECRET), SECRETS_COLUMN.place(second)),
        ],
      );
    });
    const partly = await run('rotate-secrets', named('fresh', fresh));
    expect(partly, partly.output).toMatchObject({ code: 1 });
    expect(partly.output).toContain(
      '1 values bear the name fresh, but the key of that name does not open them',
    );
    expect(partly.output).not.toContain('may be removed');
    await inDatabase((dataSource) =>
      dataSource.query('DELETE FROM installation_secrets WHERE id = $1', [second.id]),
    );
  });

  it('audit:verify ends with 0 for a whole trail, and with 1 and the name of the first bad entry (A2)', async () => {
    // A checkpoint of the rotation covers all, and the key that was retired is not needed.
    const whole = await run('verify-audit', named('fresh', fresh));
    expect(whole, whole.output).toMatchObject({ code: 0 });
    expect(whole.output).toMatch(/The audit trail is whole: 8 entries and \d checkpoints were read/);

    const id = await inDatabase(async (dataSource) => {
      await dataSource.query('ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only');
      const [changed] = await dataSource.query<[{ id: string }[], number]>(
        `UPDATE audit_entries SET actor = 'nobody' WHERE installation_id = $1 AND seq = 3 RETURNING id`,
        [installationId],
      );
      return changed[0]?.id ?? 'none';
    });
    const broken = await run('verify-audit', named('fresh', fresh));
    expect(broken.code).toBe(1);
    expect(broken.output).toContain(`entry 3 (${id}) of installation ${installationId}: changed`);
    const service = await run('verify-audit', named('fresh', fresh), ['--service']);
    expect(service, service.output).toMatchObject({ code: 0 });
    const one = await run('verify-audit', named('fresh', fresh), ['--installation', installationId]);
    expect(one.code).toBe(1);
  });

  it('end with 2 when they cannot work, and say why (I2)', async () => {
    const weak = await run('verify-audit', `k1:${Buffer.alloc(32).toString('base64')}`);
    expect(weak.code).toBe(2);
    expect(weak.output).toContain('ENCRYPTION_KEYS_FILE: holds a key that is not random');
    expect((await run('verify-audit', named('fresh', fresh), ['--all'])).code).toBe(2);
  });

  /** As they name the database of the test. */
  const where = (): string => {
    const { DATABASE_URL: url, DATA_DIR: folder } = database.env;
    if (url === undefined)
      return `Database: the embedded database in ${folder}, for DATABASE_URL is not set.\n`;
    const { hostname, port, pathname } = new URL(url);
    return `Database: ${pathname.slice(1)} on the PostgreSQL at ${hostname}:${port || '5432'}.\n`;
  };

  it('say on which database they work, and not with whose password', async () => {
    const given = database.env['DATABASE_URL'];
    const env: Record<string, string> = {};
    if (given !== undefined) {
      const url = new URL(given);
      // The server of the tests trusts whoever comes; elsewhere it is the right one.
      url.password ||= 'not-to-be-shown';
      env['DATABASE_URL'] = url.href;
    }
    const paused = await runWithoutKeys('pause-service', env);
    expect(paused).toEqual({
      code: 0,
      output: `${where()}Paused. An admin resumes it by POST /admin/v1/pause/resume.\n`,
    });
    for (const script of ['verify-audit', 'rotate-secrets']) {
      expect((await run(script, named('fresh', fresh))).output).toContain(where());
    }
  });

  it('service:pause takes what came after the last entry of a backup without a home for unknown, however old it is (V4)', async () => {
    const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
    const restored = await createTestDatabase(inject('databaseTemplate'));
    try {
      await inDatabase(async (dataSource) => {
        const audit = new AuditTrail(new SetClock(twoDaysAgo.getTime()), new TimeOrderedIds());
        const data = { tokenId: randomUUID() };
        const entry = { action: 'signature_token.added', data, actor: 'test', installationId } as const;
        await new Transactions(dataSource).run((tx) => audit.record(tx, entry));
      }, restored);
      const paused = await runWithoutKeys('pause-service', restored.env);
      expect(paused, paused.output).toMatchObject({ code: 0 });
      await inDatabase(async (dataSource) => {
        expect(await dataSource.query('SELECT known_until FROM service_pauses')).toEqual([
          { known_until: twoDaysAgo },
        ]);
        // As a release has it that did not know of pauses.
        await dataSource.query('DROP TABLE service_pauses, service_home');
      }, restored);
      const tooOld = await runWithoutKeys('pause-service', restored.env);
      expect(tooOld.code).toBe(2);
      expect(tooOld.output).toContain('The schema of the database is not that of this release.');
    } finally {
      await restored.drop();
    }
  });

  it.each(['pause-service', 'verify-audit', 'rotate-secrets'])(
    'make no database where there is none, and say so: %s',
    async (script) => {
      const dataDir = join(folder, 'mistyped');
      const lost = startChild([`dist/${script}.js`], {
        DATA_DIR: dataDir,
        ENCRYPTION_KEYS: named('fresh', fresh),
      });
      expect(await lost.exit()).toBe(2);
      expect(lost.output()).toBe(
        `There is no embedded database in ${dataDir}, and DATABASE_URL is not set: set it, or DATA_DIR to the folder of the database.\n`,
      );
      expect(existsSync(dataDir)).toBe(false);
    },
  );

  it('db:migrate needs to know where the database is, and no key', async () => {
    const migrated = await runWithoutKeys('migrate');
    expect(migrated).toEqual({ code: 0, output: `${where()}The schema is up to date.\n` });
    const lost = await runWithoutKeys('migrate', { DATABASE_URL: 'mysql://nowhere', PORT: 'none' });
    expect(lost.code).toBe(2);
    expect(lost.output).toContain('DATABASE_URL: is not usable.');
    expect(lost.output).not.toContain('ENCRYPTION_KEYS');
  });
});
