import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { SERVICE_CHAIN } from '../../src/audit/audit-entry.js';
import { sealAudit } from '../../src/audit/jobs.js';
import { addEntries } from '../support/audit-entries.js';
import { createInstallation } from '../support/new-installation.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const AUDIT = '/admin/v1/audit';
const TABLES = ['audit_entries', 'audit_heads', 'audit_checkpoints', 'audit_checkpoint_heads'];
const GUARDS = [
  ['audit_entries', 'audit_entries_append_only'],
  ['audit_heads', 'audit_heads_stay'],
  ['audit_checkpoints', 'audit_checkpoints_append_only'],
  ['audit_checkpoint_heads', 'audit_checkpoint_heads_append_only'],
];
const CHAIN_LENGTH = 12;

interface Verification {
  ok: boolean;
  first: { id: string | null; seq: number; installationId: string | null; fault: string } | null;
  brokenCheckpoint: number | null;
  entries: number;
  checkpoints: number;
}

interface ChainRow {
  seq: string;
  at: string;
  data: object;
  action: string;
  id: string;
  actor: string;
  cause: string | null;
  settings_version: number | null;
}

interface Entry {
  installation_id: string;
  id: string;
  seq: number;
}

describe('the chains of the audit trail (A2)', () => {
  let service: TestService;
  const installations: string[] = [];

  beforeAll(async () => {
    // Checkpoints are made when the test asks for them.
    service = await startTestService({ AUDIT_CHECKPOINT_SECONDS: '86400' });
    for (let n = 0; n < 3; n++) installations.push(await createInstallation(service));
    for (const id of installations) await addEntries(service, id, CHAIN_LENGTH / 2);
    await service.admin.post(`${AUDIT}/checkpoints`).expect(200);
    for (const id of installations) await addEntries(service, id, CHAIN_LENGTH / 2 - 1);
    await service.admin.post(`${AUDIT}/checkpoints`).expect(200);
    for (const table of TABLES) await service.database.query(`CREATE TABLE ${table}_kept AS TABLE ${table}`);
    // What follows is the work of a superuser.
    for (const [table, trigger] of GUARDS) {
      await service.database.query(`ALTER TABLE ${table} DISABLE TRIGGER ${trigger}`);
    }
  });
  afterAll(() => service.stop());

  const restore = async (): Promise<void> => {
    for (const table of TABLES) {
      await service.database.query(`DELETE FROM ${table}`);
      await service.database.query(`INSERT INTO ${table} SELECT * FROM ${table}_kept`);
    }
  };
  afterEach(restore);

  const verify = async (): Promise<Verification> =>
    (await service.admin.get(`${AUDIT}/verify`).expect(200)).body as Verification;

  const sql = <T = unknown>(statement: string, values: unknown[] = []): Promise<T> =>
    service.database.query<T>(statement, values);

  const chainOf = async (id: string): Promise<Entry[]> => {
    const rows = await sql<(Omit<Entry, 'seq'> & { seq: string })[]>(
      'SELECT installation_id, id, seq FROM audit_entries WHERE installation_id = $1 ORDER BY seq',
      [id],
    );
    return rows.map(({ installation_id, id: entryId, seq }) => ({
      installation_id,
      id: entryId,
      seq: Number(seq),
    }));
  };

  /** One may have been made when the service started, besides those that were asked for. */
  const newestCheckpoint = async (): Promise<number> => {
    const [row] = await sql<{ max: string }[]>('SELECT max(number) FROM audit_checkpoints');
    return Number(row?.max);
  };

  /** Where a chain was first sealed at a place or behind it. */
  const sealedAfter = async (installationId: string, seq: number) => {
    const [row] = await sql<{ seq: string; checkpoint: string }[]>(
      `SELECT seq, checkpoint FROM audit_checkpoint_heads
       WHERE installation_id = $1 AND seq >= $2 ORDER BY seq LIMIT 1`,
      [installationId, seq],
    );
    return { seq: Number(row?.seq), checkpoint: Number(row?.checkpoint) };
  };

  const named = ({ installation_id, id, seq }: Entry): object => ({
    installationId: installation_id,
    id,
    seq,
  });

  it('are whole, one for each installation, without gaps', async () => {
    const found = await verify();
    expect(found).toMatchObject({ ok: true, first: null, brokenCheckpoint: null });
    expect(found.checkpoints).toBe(await newestCheckpoint());
    for (const id of installations) {
      expect((await chainOf(id)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: CHAIN_LENGTH }, (_, index) => index + 1),
      );
    }
  });

  it.each([
    ['the actor', `actor = 'nobody'`],
    ['the action', `action = 'order.moved'`],
    ['the time by a microsecond', `at = at + interval '1 microsecond'`],
    ['the data', `data = data || '{"more": 1}'`],
    ['the way a number in the data is written', `data = '{"tokenId": 1.0}'`],
    ['the order', `order_id = '${randomUUID()}'`],
    ['the hash', `hash = sha256(hash)`],
    ['the name of the one before', `previous_id = '${randomUUID()}'`],
  ])('show that %s of an entry was changed', async (_what, change) => {
    const [, , , entry] = await chainOf(installations[1] ?? '');
    await sql(`UPDATE audit_entries SET ${change} WHERE id = $1`, [entry?.id]);
    const found = await verify();
    expect(found.ok).toBe(false);
    expect(found.first).toEqual({ ...named(entry as Entry), fault: 'changed' });
  });

  /** Writes the chain anew from its beginning, as the service would have, but with another actor in one place. */
  async function rewrite(installationId: string, seq: number): Promise<void> {
    const chain = await sql<ChainRow[]>(
      `SELECT *, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM audit_entries
       WHERE installation_id = $1 ORDER BY seq`,
      [installationId],
    );
    const { digestOf } = await import('../../src/audit/audit-hash.js');
    await sql('DELETE FROM audit_entries WHERE installation_id = $1', [installationId]);
    await sql('DELETE FROM audit_heads WHERE installation_id = $1', [installationId]);
    const entries = chain.map((row) => {
      const { id, at, action, data, actor: before, seq: place } = row;
      const actor = Number(place) === seq ? 'admin_key:someone-else' : before;
      const entry = {
        installationId,
        id,
        at,
        actor,
        action,
        cause: row.cause,
        orderId: null,
        opportunityId: null,
        settingsVersion: row.settings_version,
        data,
      };
      return Object.assign(entry, { digest: digestOf(entry).toString('hex') });
    });
    await sql('SELECT append_audit_entries($1)', [JSON.stringify(entries)]);
  }

  it('show by their checkpoints that the past was written anew, hashes and all', async () => {
    const [id = ''] = installations;
    await rewrite(id, 3);
    expect(await verify()).toMatchObject({
      ok: false,
      first: { installationId: id, seq: (await sealedAfter(id, 3)).seq, fault: 'rewritten' },
    });
  });

  it('show that a checkpoint was made without the key, and do not believe it', async () => {
    const [id = ''] = installations;
    await rewrite(id, 3);
    await sql(
      `UPDATE audit_checkpoint_heads AS sealed SET hash = e.hash FROM audit_entries AS e
       WHERE e.installation_id = sealed.installation_id AND e.seq = sealed.seq`,
    );
    const { checkpoint } = await sealedAfter(id, 3);
    expect(await verify()).toMatchObject({ ok: false, first: null, brokenCheckpoint: checkpoint });
  });

  it.each([
    ['was changed', 'UPDATE audit_checkpoints SET seal = hash WHERE number = $1'],
    ['is gone', 'DELETE FROM audit_checkpoints WHERE number = $1'],
    ['names a key that nobody has', `UPDATE audit_checkpoints SET key_id = 'x' WHERE number = $1`],
    ['lost its chains', 'DELETE FROM audit_checkpoint_heads WHERE checkpoint = $1'],
  ])('show that a checkpoint %s', async (_what, statement) => {
    const number = await newestCheckpoint();
    await sql(statement, [number]);
    expect(await verify()).toMatchObject({ ok: false, first: null, brokenCheckpoint: number });
  });

  it('believe a seal of a retired key that a later one covers', async () => {
    await sql(`UPDATE audit_checkpoints SET key_id = 'retired' WHERE number = 1`);
    expect(await verify()).toMatchObject({ ok: true, brokenCheckpoint: null });
  });

  it('are not sealed again while nothing was added', async () => {
    const once = await service.admin.post(`${AUDIT}/checkpoints`).expect(200);
    const twice = await service.admin.post(`${AUDIT}/checkpoints`).expect(200);
    expect(twice.body).toEqual(once.body);
    expect((twice.body as { line: string }).line).toMatch(
      /^audit checkpoint \d+ \S+ [\da-f]{64} test [\da-f]{64}$/,
    );
  });

  it('are not sealed with a key that the last seal is not of (A2, I2)', async () => {
    const number = await newestCheckpoint();
    await addEntries(service, installations[0] ?? '', 1);
    await sql('UPDATE audit_checkpoints SET seal = hash WHERE number = $1', [number]);
    const refused = await service.admin.post(`${AUDIT}/checkpoints`).expect(409);
    expect(refused.body).toMatchObject({ code: 'checkpoint_refused' });
    expect(await newestCheckpoint()).toBe(number);
    // Another replica has the key that this one lacks.
    await sql(`UPDATE audit_checkpoints SET key_id = 'of-another-replica' WHERE number = $1`, [number]);
    await service.admin.post(`${AUDIT}/checkpoints`).expect(200);
    expect(await newestCheckpoint()).toBe(number + 1);
  });

  it('that cannot be sealed for good leave one dead letter, however often it is tried (A2, F2)', async () => {
    const number = await newestCheckpoint();
    await addEntries(service, installations[0] ?? '', 1);
    await sql('UPDATE audit_checkpoints SET seal = hash WHERE number = $1', [number]);
    const letters = async (): Promise<{ id: string; reason: string }[]> => {
      const answer = await service.admin
        .get('/admin/v1/dead-letters')
        .query({ queue: 'seal-audit' })
        .expect(200);
      return (answer.body as { items: { id: string; reason: string }[] }).items;
    };
    const round = async (): Promise<void> => {
      await service.send(sealAudit, {});
      await untilDone(service, [sealAudit.name]);
    };
    for (let n = 0; n < 3; n++) await round();
    const [letter, ...others] = await letters();
    expect(letter?.reason).toMatch(/^The last checkpoint does not verify/);
    expect(others).toEqual([]);
    const metrics = (await (await fetch(`${service.url}/metrics`)).text()).split('\n');
    expect(metrics).toContain('bgc_dead_letters{queue="seal-audit"} 1');
    expect(metrics).toContain('bgc_job_tries_total{queue="seal-audit",end="given_up"} 3');
    // Who took it for settled hears of it again.
    await service.admin.post(`/admin/v1/dead-letters/${letter?.id}/discard`).expect(200);
    await round();
    expect(await letters()).toHaveLength(1);
    expect(await verify()).toMatchObject({ ok: false, brokenCheckpoint: number });
    await sql(`UPDATE audit_checkpoints SET key_id = 'of-another-replica' WHERE number = $1`, [number]);
    await service.admin.post(`${AUDIT}/checkpoints`).expect(200);
  });

  it('are listed by page and condition, and exported as they stand, which is an entry itself (P2)', async () => {
    const [id = '', other = ''] = installations;
    const seen: { id: string; installationId: string; action: string }[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { installationId: id, limit: '5', ...(cursor ? { cursor } : {}) };
      const answer = await service.admin.get(AUDIT).query(query).expect(200);
      const page = answer.body as { items: typeof seen; nextCursor: string | null };
      seen.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen.map((entry) => entry.id).toReversed()).toEqual((await chainOf(id)).map((entry) => entry.id));

    const created = await service.admin.get(AUDIT).query({ action: 'installation.created' }).expect(200);
    expect((created.body as { items: unknown[] }).items).toHaveLength(installations.length);
    const middle = seen[Math.floor(seen.length / 2)];
    const all = await service.admin.get(AUDIT).query({ installationId: id, limit: '200' }).expect(200);
    const moment = (all.body as { items: { id: string; at: string }[] }).items;
    const at = moment.find((entry) => entry.id === middle?.id)?.at ?? '';
    for (const [query, isWithin] of [
      [{ from: at }, (entry: { at: string }) => entry.at >= at],
      [{ to: at }, (entry: { at: string }) => entry.at < at],
    ] as const) {
      const answer = await service.admin
        .get(AUDIT)
        .query({ installationId: id, limit: '200', ...query })
        .expect(200);
      const shown = (answer.body as { items: { id: string }[] }).items.map((entry) => entry.id);
      expect(shown).toEqual(moment.filter(isWithin).map((entry) => entry.id));
      expect(shown.length).toBeGreaterThan(0);
    }
    const none = await service.admin.get(AUDIT).query({ to: '2020-01-01T00:00:00Z' }).expect(200);
    expect(none.body).toEqual({ items: [], nextCursor: null });
    for (const wrong of [{ from: '2026-W05' }, { actor: 'a b' }, { limit: '0' }, { orderId: 'x' }]) {
      await service.admin.get(AUDIT).query(wrong).expect(400);
    }

    const exported = await service.admin.get(`${AUDIT}/export`).query({ installationId: other }).expect(200);
    expect(exported.headers['content-type']).toContain('application/x-ndjson');
    const lines = (exported.text ?? String(exported.body)).trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { seq: number; action: string });
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(entries.at(-1)).toMatchObject({ action: 'audit.exported' });
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('are not exported by asking for the headers alone, and that is no entry (A1, A2)', async () => {
    const exports = async (): Promise<object[]> =>
      service.database.query<object[]>(`SELECT id FROM audit_entries WHERE action = 'audit.exported'`);
    const before = await exports();
    const asked = await service.admin.head(`${AUDIT}/export`).expect(200);
    expect(asked.headers['content-type']).toBe('application/x-ndjson');
    expect(asked.text ?? '').toBe('');
    expect(await exports()).toEqual(before);
    await service.admin.head(`${AUDIT}/export`).query({ actor: 'a b' }).expect(400);
    await (await adminWithRole(service, 'viewer')).head(`${AUDIT}/export`).expect(403);
    const whole = await service.admin.get(`${AUDIT}/export`).expect(200);
    expect(whole.headers['content-type']).toBe(asked.headers['content-type']);
    expect(await exports()).toHaveLength(before.length + 1);
  });

  it('stay whole whatever installation an export asks for, and none is opened for what is not there (A2)', async () => {
    const [id = ''] = installations;
    const unknown = randomUUID();
    const chains = () => sql<{ id: string }[]>('SELECT installation_id AS id FROM audit_heads ORDER BY 1');
    const recordedIn = async (): Promise<string | undefined> => {
      const rows = await sql<{ chain: string }[]>(
        `SELECT installation_id AS chain FROM audit_entries WHERE action = 'audit.exported' ORDER BY id`,
      );
      return rows.at(-1)?.chain;
    };
    const before = await chains();
    const largest = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    for (const [asked, chain] of [
      [id, id],
      [id.toUpperCase(), id],
      [unknown, SERVICE_CHAIN],
      [SERVICE_CHAIN, SERVICE_CHAIN],
      [largest, SERVICE_CHAIN],
      [largest.toUpperCase(), SERVICE_CHAIN],
    ] as const) {
      const exported = await service.admin.get(`${AUDIT}/export`).query({ installationId: asked });
      expect(exported.status, asked).toBe(200);
      expect(await recordedIn(), asked).toBe(chain);
    }
    expect(await chains()).toEqual(before);
    expect(await verify()).toMatchObject({ ok: true, first: null });
  });
});
