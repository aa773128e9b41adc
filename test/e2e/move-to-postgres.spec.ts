import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { startChild } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { ProcessStage, type Replica } from '../support/process-stage.js';
import { onServer } from '../support/test-database.js';

const template = inject('databaseTemplate');

/** Longer than all that a test waits for, each with a limit of its own that says what was waited for. */
const TIMEOUT_MS = 600_000;

/** Each of the first two is still to be ordered, or followed, when the installation is moved. */
interface People {
  placed: string;
  waiting: string;
}

/** There is no server to move to where the suite runs on the embedded database. */
describe.skipIf(template.kind === 'embedded')('migrate:to-postgres', { timeout: TIMEOUT_MS }, () => {
  const server = template.kind === 'server' ? template.url : '';
  const name = `lv_moved_${randomBytes(6).toString('hex')}`;
  const folder = join(tmpdir(), `move-spec-${randomBytes(6).toString('hex')}`);
  const dataDir = join(folder, 'data');
  const target = new URL(server || 'postgres://nowhere');
  target.pathname = `/${name}`;
  let stage: ProcessStage;
  /** One that the schema was brought up to date in, for an owner who is not the service. */
  let prepared: string;
  let installationId: string;
  let people: People;

  beforeAll(async () => {
    mkdirSync(folder);
    buildIfNeeded();
    await onServer(server, `CREATE DATABASE ${name}`);
    stage = await ProcessStage.set({ LOG_LEVEL: 'warn' });
    prepared = stage.env['DATABASE_URL'] ?? '';
    stage.env['DATABASE_URL'] = '';
    stage.env['DATA_DIR'] = dataDir;
  }, TIMEOUT_MS);
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await onServer(server, `DROP DATABASE ${name}`);
    rmSync(folder, { recursive: true });
  });

  async function move(env: Record<string, string> = {}) {
    const child = startChild(['dist/migrate-to-postgres.js'], {
      ...stage.env,
      DATABASE_URL: target.href,
      ...env,
    });
    return { code: await child.exit(), output: child.output() };
  }

  const ask = async <T extends object>(url: string, query: string): Promise<T[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<T>(query)).rows;
    } finally {
      await client.end();
    }
  };

  const candidate = async (): Promise<string> => {
    const { id } = await stage.drive<{ id: string }>('POST', '/lever/opportunities', {
      name: 'Ana Ruiz',
      emails: [`ana.ruiz+${randomBytes(4).toString('hex')}@example.com`],
      postingId: SEED.lever.postings.supportLead,
      stageId: SEED.lever.stages.recruiterScreen,
    });
    return id;
  };
  const moveToStage = (id: string) =>
    stage.drive('POST', `/lever/opportunities/${id}/move`, { stageId: TRIGGER_STAGE });
  const ordersOf = (id: string) =>
    stage.drive<{ orderGuid: string }[]>('GET', `/victig/orders?opportunity=${id}`);
  const untilShown = (id: string, status: string): Promise<void> =>
    eventually(async () => {
      const { tags } = await stage.drive<{ tags: string[] }>('GET', `/lever/opportunities/${id}`);
      expect(tags).toContain(`Background Check Status: ${status}`);
    }, 120_000);
  const hearFrom = ({ url }: Replica) =>
    stage.drive('POST', '/lever/webhooks', {
      url: `${url}/webhooks/lever/${installationId}`,
      event: 'candidateStageChange',
      signatureToken: SIGNATURE_TOKEN,
    });

  it('refuses a folder that a service runs on, or that holds no database (embedded)', async () => {
    const replica = await stage.start();
    installationId = await stage.create(replica, { apiKey: SEED.lever.apiKey });
    const activated = await stage.call(
      `${replica.url}/admin/v1/installations/${installationId}/activate`,
      'POST',
    );
    expect(activated.status).toBe(200);
    await hearFrom(replica);
    people = { placed: await candidate(), waiting: await candidate() };
    await moveToStage(people.placed);
    await untilShown(people.placed, 'Pending');
    // What waits for its next try when the service is stopped is a job, and is to be moved as one.
    await stage.drive('POST', '/faults', { vendor: 'victig', kind: 'status', status: 503, times: null });
    await moveToStage(people.waiting);
    await eventually(async () => {
      const { body } = await stage.call(`${replica.url}/admin/v1/orders?opportunityId=${people.waiting}`);
      expect(body['items']).toHaveLength(1);
    });

    const running = await move();
    expect(running).toMatchObject({ code: 2 });
    expect(running.output).toMatch(/data folder .* is in use by another process/);
    expect(await replica.child.kill('SIGTERM')).toBe(0);

    const nowhere = await move({ DATA_DIR: join(folder, 'nowhere') });
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.output).toMatch(/There is no embedded database in .*nowhere/);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('refuses a database that is not empty, and one of another release, and changes neither', async () => {
    await onServer(prepared, `INSERT INTO client_polls VALUES ('other', 'client', now())`);
    const full = await move({ DATABASE_URL: prepared });
    expect(full).toMatchObject({ code: 2 });
    expect(full.output).toContain('is not empty: there are rows in public.client_polls');
    await onServer(prepared, 'DELETE FROM client_polls');

    await onServer(prepared, `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'OfTomorrow')`);
    const newer = await move({ DATABASE_URL: prepared });
    expect(newer).toMatchObject({ code: 2 });
    expect(newer.output).toContain('are not of the same release (migrations)');
    expect(await ask(prepared, 'SELECT id FROM installations')).toEqual([]);
    await onServer(prepared, `DELETE FROM migrations WHERE name = 'OfTomorrow'`);
    expect(existsSync(join(dataDir, 'MOVED_TO_POSTGRES'))).toBe(false);
  });

  it('leaves nothing behind when it is interrupted, and can be done again', async () => {
    const holder = new Client({ connectionString: prepared });
    await holder.connect();
    try {
      // Whoever fills this table waits, with others filled before it.
      await holder.query('BEGIN; LOCK TABLE orders IN SHARE MODE');
      const child = startChild(['dist/migrate-to-postgres.js'], { ...stage.env, DATABASE_URL: prepared });
      await eventually(async () => {
        const waiting = await ask(
          prepared,
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
             AND query LIKE 'INSERT INTO public.orders%'`,
        );
        expect(waiting).toHaveLength(1);
      });
      await child.kill('SIGKILL');
    } finally {
      await holder.end();
    }
    await eventually(async () => {
      const left = await ask(
        prepared,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'lever-victig%'`,
      );
      expect(left).toEqual([]);
    });
    expect(await ask(prepared, 'SELECT id FROM installations')).toEqual([]);
    expect(existsSync(join(dataDir, 'MOVED_TO_POSTGRES'))).toBe(false);
  });

  it('moves every table and job, compares them, and verifies the audit trail (A2)', async () => {
    const moved = await move();
    expect(moved, moved.output).toMatchObject({ code: 0 });
    expect(moved.output).toMatch(/public\.orders: 2\n/);
    expect(moved.output).toMatch(/pgboss\.job: [1-9]/);
    expect(moved.output).toMatch(/The audit trail is whole: \d+ entries were read/);
    // Whatever a table is called, it is named as moved or with the reason why not.
    const tables = await ask<{ name: string }>(
      target.href,
      `SELECT schemaname || '.' || tablename AS name FROM pg_tables
       WHERE schemaname IN ('public', 'pgboss') AND NOT (SELECT relispartition FROM pg_class
         WHERE oid = format('%I.%I', schemaname, tablename)::regclass)`,
    );
    for (const { name: table } of tables) expect(moved.output).toContain(`  ${table}: `);
  });

  it('does not start on the folder again, where all would be ordered a second time', async () => {
    const again = startChild(['dist/main.js'], { ...stage.env, PORT: '0' });
    expect(await again.exit()).toBe(1);
    expect(again.output()).toContain('was moved to a PostgreSQL: set DATABASE_URL');
    expect((await move()).code).toBe(2);
  });

  it('goes on where it was, and orders nothing twice (V4)', async () => {
    await stage.drive('DELETE', '/faults');
    stage.env['DATABASE_URL'] = target.href;
    const replica = await stage.start();
    await hearFrom(replica);
    await untilShown(people.waiting, 'Pending');
    const later = await candidate();
    await moveToStage(later);
    await untilShown(later, 'Pending');
    for (const id of [people.placed, people.waiting, later]) expect(await ordersOf(id)).toHaveLength(1);

    const [{ orderGuid } = { orderGuid: '' }] = await ordersOf(people.placed);
    await stage.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    const { body } = await stage.call(`${replica.url}/admin/v1/orders?opportunityId=${people.placed}`);
    const [{ id } = { id: '' }] = body['items'] as { id: string }[];
    await stage.call(`${replica.url}/admin/v1/orders/${id}/refresh`, 'POST');
    await untilShown(people.placed, 'Complete');
    const verified = await stage.call(`${replica.url}/admin/v1/audit/verify`);
    expect(verified.body).toMatchObject({ ok: true });
    expect(await replica.child.kill('SIGTERM')).toBe(0);
  });
});
