import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { startChild } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { OTHER_STAGE, SIGNATURE_TOKEN, TRIGGER_STAGE, type SeenOpportunity } from '../support/play.js';
import { ProcessStage, type Answer, type Replica } from '../support/process-stage.js';
import { onServer } from '../support/test-database.js';

const template = inject('databaseTemplate');
const server = template.kind === 'server' ? template.url : '';

/** Longer than all that a test waits for, each with a limit of its own that says what was waited for. */
const TIMEOUT_MS = 600_000;

const hasPgDump = (): boolean => {
  try {
    execFileSync('pg_dump', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** What people and vendors do around a service that is a process. */
class Surroundings {
  installationId = '';

  constructor(readonly stage: ProcessStage) {}

  async setUp(replica: Replica): Promise<void> {
    this.installationId = await this.stage.create(replica, { apiKey: SEED.lever.apiKey });
    const activate = `${replica.url}/admin/v1/installations/${this.installationId}/activate`;
    expect((await this.stage.call(activate, 'POST')).status).toBe(200);
    await this.listen(replica);
  }

  /** Has Lever send its webhooks to this process, and to no other any more. */
  async listen({ url }: Replica): Promise<void> {
    await this.stage.drive('DELETE', '/lever/webhooks');
    await this.stage.drive('POST', '/lever/webhooks', {
      url: `${url}/webhooks/lever/${this.installationId}`,
      event: 'candidateStageChange',
      signatureToken: SIGNATURE_TOKEN,
    });
  }

  async candidate(): Promise<string> {
    const { id } = await this.stage.drive<{ id: string }>('POST', '/lever/opportunities', {
      name: 'Ana Ruiz',
      emails: [`ana.ruiz+${randomBytes(4).toString('hex')}@example.com`],
      postingId: SEED.lever.postings.supportLead,
      stageId: SEED.lever.stages.recruiterScreen,
    });
    return id;
  }

  move(id: string, stageId: string = TRIGGER_STAGE): Promise<unknown> {
    return this.stage.drive('POST', `/lever/opportunities/${id}/move`, { stageId });
  }

  ordersAtVictig(id: string): Promise<{ orderGuid: string }[]> {
    return this.stage.drive('GET', `/victig/orders?opportunity=${id}`);
  }

  async orderGuidOf(id: string): Promise<string> {
    const [order] = await this.ordersAtVictig(id);
    return order?.orderGuid ?? 'none';
  }

  untilShown(id: string, status: string): Promise<SeenOpportunity> {
    return eventually(async () => {
      const seen = await this.stage.drive<SeenOpportunity>('GET', `/lever/opportunities/${id}`);
      const statuses = seen.tags.filter((tag) => tag.startsWith('Background Check Status:'));
      expect(statuses).toEqual([`Background Check Status: ${status}`]);
      return seen;
    }, 180_000);
  }

  fail(vendor: 'lever' | 'victig', match: object): Promise<unknown> {
    return this.stage.drive('POST', '/faults', { vendor, match, kind: 'status', status: 503, times: null });
  }

  async refresh({ url }: Replica, opportunityId: string): Promise<void> {
    const { body } = await this.stage.call(`${url}/admin/v1/orders?opportunityId=${opportunityId}`);
    const [{ id } = { id: 'none' }] = body['items'] as { id: string }[];
    expect((await this.stage.call(`${url}/admin/v1/orders/${id}/refresh`, 'POST')).status).toBe(200);
  }

  pause({ url }: Replica): Promise<Answer> {
    return this.stage.call(`${url}/admin/v1/pause`);
  }

  resume({ url }: Replica): Promise<Answer> {
    return this.stage.call(`${url}/admin/v1/pause/resume`, 'POST', { reason: 'TICKET-17, looked through' });
  }
}

describe.skipIf(template.kind === 'embedded' || !hasPgDump())(
  'a restored copy',
  { timeout: TIMEOUT_MS },
  () => {
    const name = `lv_copy_${randomBytes(6).toString('hex')}`;
    const folder = join(tmpdir(), `restored-spec-${randomBytes(6).toString('hex')}`);
    const dump = join(folder, 'backup.dump');
    const copyUrl = new URL(server || 'postgres://nowhere');
    copyUrl.pathname = `/${name}`;
    let stage: ProcessStage;
    let people: Surroundings;
    let copy: Replica;
    let database: Client;
    const who = { placed: '', opened: '', submitting: '', queued: '', later: '', meanwhile: '' };

    beforeAll(async () => {
      mkdirSync(folder);
      buildIfNeeded();
      stage = await ProcessStage.set({ LOG_LEVEL: 'info' });
      people = new Surroundings(stage);
      await onServer(server, `CREATE DATABASE ${name}`);
      database = new Client({ connectionString: copyUrl.href });
      await database.connect();
    }, TIMEOUT_MS);
    afterAll(async () => {
      await database.end();
      await stage[Symbol.asyncDispose]();
      await onServer(server, `DROP DATABASE ${name}`);
      rmSync(folder, { recursive: true });
    });

    const reasonsOf = async (opportunityId: string): Promise<(string | null)[]> => {
      const { rows } = await database.query<{ reason: string | null }>(
        `SELECT reason FROM deliveries WHERE facts ->> 'opportunityId' = $1 ORDER BY received_at`,
        [opportunityId],
      );
      return rows.map(({ reason }) => reason);
    };
    const entries = async (action: string): Promise<number> => {
      const { rowCount } = await database.query('SELECT FROM audit_entries WHERE action = $1', [action]);
      return rowCount ?? 0;
    };

    /** A submission without an answer is not repeated for a minute: it is over now. */
    const passAMinute = (of: Client) =>
      of.query(
        `UPDATE orders SET submit_started_at = submit_started_at - interval '1 minute' WHERE opportunity_id = $1`,
        [who.submitting],
      );

    it('is made while work is in hand that the original goes on with', async () => {
      const original = await stage.start();
      await people.setUp(original);
      for (const one of Object.keys(who) as (keyof typeof who)[]) who[one] = await people.candidate();
      await people.move(who.placed);
      await people.untilShown(who.placed, 'Pending');

      // When the backup is made, one order is being submitted, of one nothing is at VICTIG, and about one delivery nothing is
      // decided.
      await people.fail('victig', { method: 'POST', path: '/orders$' });
      await people.move(who.submitting);
      await eventually(async () => {
        const open = await stage.database.query(
          `SELECT FROM orders WHERE opportunity_id = $1 AND applicant_guid IS NOT NULL`,
          [who.submitting],
        );
        expect(open.rowCount).toBe(1);
      });
      await people.fail('victig', { method: 'POST', path: '/applicants$' });
      await people.move(who.opened);
      await eventually(async () => {
        const open = await stage.database.query(
          `SELECT FROM orders WHERE opportunity_id = $1 AND client_guid IS NOT NULL AND applicant_guid IS NULL`,
          [who.opened],
        );
        expect(open.rowCount).toBe(1);
      });
      await people.fail('lever', { path: `/opportunities/${who.queued}` });
      await people.move(who.queued);
      await eventually(async () => {
        const kept = await stage.database.query(
          `SELECT FROM deliveries WHERE facts ->> 'opportunityId' = $1 AND outcome = 'queued'`,
          [who.queued],
        );
        expect(kept.rowCount).toBe(1);
      });
      execFileSync('pg_dump', ['--format=custom', `--file=${dump}`, stage.env['DATABASE_URL'] ?? '']);

      await stage.drive('DELETE', '/faults');
      await passAMinute(stage.database);
      for (const id of [who.opened, who.submitting, who.queued]) await people.untilShown(id, 'Pending');
      await people.move(who.later);
      await people.untilShown(who.later, 'Pending');
      await stage.drive('POST', `/victig/orders/${await people.orderGuidOf(who.placed)}/complete`, {
        flagged: false,
      });
      await people.refresh(original, who.placed);
      await people.untilShown(who.placed, 'Complete');
      await original.child.kill('SIGKILL');
    });

    it('starts paused and says so, keeps deliveries, and sends nothing (V4)', async () => {
      execFileSync('pg_restore', ['--no-owner', `--dbname=${copyUrl.href}`, dump]);
      await passAMinute(database);
      stage.env['DATABASE_URL'] = copyUrl.href;
      copy = await stage.start();
      expect(copy.child.output()).toContain('PAUSED: the database is a restored copy');
      const { body } = await people.pause(copy);
      expect(body).toMatchObject({ paused: true, cause: 'restored', resumedAt: null });
      expect(body['differs']).toContain('database');
      expect(body['waiting']).toEqual({ deliveries: 1, orders: 2 });
      expect((await stage.call(`${copy.url}/admin/v1/status`)).body).toMatchObject({ paused: true });
      expect(await entries('service.paused')).toBe(1);

      await people.listen(copy);
      await people.move(who.meanwhile);
      await eventually(async () => expect(await reasonsOf(who.meanwhile)).toEqual([null]));
      // A job that could be done for longer than any pump takes to look is not taken.
      await eventually(async () => {
        const { rows } = await database.query<{ state: string; late: boolean }>(
          `SELECT state, start_after < now() - interval '5 seconds' AS late FROM pgboss.job
         WHERE name = 'place-order' AND data -> 'payload' ->> 'opportunityId' = $1`,
          [who.meanwhile],
        );
        expect(rows).toEqual([{ state: 'created', late: true }]);
      });
      expect(await people.ordersAtVictig(who.meanwhile)).toEqual([]);
      const webhook = `${copy.url}/admin/v1/installations/${people.installationId}/webhook`;
      const refused = await stage.call(webhook, 'POST', { replace: true });
      expect(refused).toMatchObject({ status: 502, body: { code: 'vendor_failed' } });
      expect(refused.body['detail']).toContain('the service is paused');
    });

    it('shows what was ordered since the backup and is not known', async () => {
      const { status, body } = await stage.call(`${copy.url}/admin/v1/pause/unknown-orders`);
      expect(status).toBe(200);
      const unknown = (body['items'] as { orderGuid: string }[]).map(({ orderGuid }) => orderGuid);
      const since = [who.opened, who.submitting, who.queued, who.later];
      expect(unknown.toSorted()).toEqual(
        (await Promise.all(since.map((id) => people.orderGuidOf(id)))).toSorted(),
      );
    });

    it('goes on when an admin says so, once, and only then', async () => {
      const made = await stage.call(`${copy.url}/admin/v1/keys`, 'POST', {
        name: 'Operator',
        role: 'operator',
      });
      const resume = `${copy.url}/admin/v1/pause/resume`;
      const answer = await fetch(resume, {
        method: 'POST',
        headers: { authorization: `Bearer ${String(made.body['key'])}`, 'content-type': 'application/json' },
        body: JSON.stringify({ reason: 'TICKET-17' }),
      });
      expect(answer.status).toBe(403);
      expect((await stage.call(resume, 'POST', {})).status).toBe(400);
      expect((await people.pause(copy)).body).toMatchObject({ paused: true });

      const first = await people.resume(copy);
      expect(first).toMatchObject({ status: 200, body: { paused: false, cause: 'restored' } });
      const second = await people.resume(copy);
      expect(second.body['resumedAt']).toBe(first.body['resumedAt']);
      expect(await entries('service.resumed')).toBe(1);
    });

    it('orders nothing a second time, posts no note a second time, and orders what is new (V4)', async () => {
      await people.untilShown(who.meanwhile, 'Pending');
      await people.untilShown(who.submitting, 'Pending');
      await people.untilShown(who.opened, 'Pending');
      await eventually(async () => {
        const { rows } = await database.query('SELECT status FROM orders WHERE opportunity_id = ANY ($1)', [
          [who.opened, who.submitting],
        ]);
        expect(rows).toEqual([{ status: 'pending' }, { status: 'pending' }]);
        expect(await reasonsOf(who.queued)).toEqual(['ordered_before_restore']);
      }, 120_000);
      // Its stage change is not known any more; the candidate is moved again.
      await people.move(who.later, OTHER_STAGE);
      await people.move(who.later);
      await eventually(async () => {
        expect(await reasonsOf(who.later)).toContain('ordered_before_restore');
      });
      await people.refresh(copy, who.placed);
      const seen = await people.untilShown(who.placed, 'Complete');
      await eventually(async () => {
        const { rows } = await database.query(
          `SELECT note_id IS NOT NULL AS posted FROM progress_notes JOIN orders ON orders.id = order_id WHERE opportunity_id = $1`,
          [who.placed],
        );
        expect(rows).toEqual([{ posted: true }]);
      });
      expect(seen.notes).toHaveLength(1);
      for (const id of Object.values(who)) expect(await people.ordersAtVictig(id)).toHaveLength(1);
      expect((await stage.call(`${copy.url}/admin/v1/audit/verify`)).body).toMatchObject({ ok: true });
    });

    it('is at home from then on, and is a copy again when a dump is restored over it', async () => {
      await copy.child.kill('SIGTERM');
      copy = await stage.start();
      expect((await people.pause(copy)).body).toMatchObject({ paused: false });
      expect(copy.child.output()).not.toContain('PAUSED');
      await copy.child.kill('SIGTERM');

      execFileSync('pg_dump', ['--format=custom', `--file=${dump}`, copyUrl.href]);
      // Over what was there: --clean alone stumbles over the partitions of the queue.
      await onServer(copyUrl.href, 'DROP SCHEMA public, pgboss CASCADE; CREATE SCHEMA public');
      execFileSync('pg_restore', ['--no-owner', `--dbname=${copyUrl.href}`, dump]);
      copy = await stage.start();
      expect((await people.pause(copy)).body).toMatchObject({ paused: true, differs: ['table'] });
      expect((await people.resume(copy)).body).toMatchObject({ paused: false });
    });

    it('is made and restored by way of trial by backup:verify, which leaves nothing behind', async () => {
      const left = `SELECT datname FROM pg_database WHERE datname LIKE 'bgc_verify_%'`;
      const tried = startChild(['dist/verify-backup.js'], stage.env);
      expect(await tried.exit(), tried.output()).toBe(0);
      expect(tried.output()).toMatch(/The audit trail of the copy is whole: \d+ entries/);
      expect(tried.output()).toContain('A service that starts on the copy starts paused');
      expect((await database.query(left)).rows).toEqual([]);

      const lost = startChild(['dist/verify-backup.js'], { ...stage.env, PATH: folder });
      expect(await lost.exit()).toBe(2);
      expect(lost.output()).toContain('pg_dump');
      expect((await database.query(left)).rows).toEqual([]);
    });

    it('can be told that it is one, while it runs', async () => {
      const paused = startChild(['dist/pause-service.js'], { DATABASE_URL: copyUrl.href });
      expect(await paused.exit()).toBe(0);
      expect(paused.output()).toContain('Paused.');
      await eventually(async () => {
        expect((await stage.call(`${copy.url}/admin/v1/status`)).body).toMatchObject({ paused: true });
      });
      const webhook = `${copy.url}/admin/v1/installations/${people.installationId}/webhook`;
      expect((await stage.call(webhook, 'POST', { replace: true })).body['detail']).toContain(
        'the service is paused',
      );
      expect((await people.pause(copy)).body).toMatchObject({ paused: true, cause: 'command' });
      await people.resume(copy);
      expect(await copy.child.kill('SIGTERM')).toBe(0);
    });
  },
);

describe.skipIf(template.kind === 'embedded')(
  'a copy of an embedded installation',
  { timeout: TIMEOUT_MS },
  () => {
    const folder = join(tmpdir(), `restored-spec-${randomBytes(6).toString('hex')}`);
    const [data, backup] = [join(folder, 'data'), join(folder, 'backup')];
    let stage: ProcessStage;

    beforeAll(async () => {
      mkdirSync(folder);
      buildIfNeeded();
      stage = await ProcessStage.set({ DATABASE_URL: '', DATA_DIR: data });
    }, TIMEOUT_MS);
    afterAll(async () => {
      await stage[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

    it('starts paused wherever its folder was copied to, and in the place of the original', async () => {
      const people = new Surroundings(stage);
      const original = await stage.start();
      await people.setUp(original);
      expect(await original.child.kill('SIGTERM')).toBe(0);
      cpSync(data, backup, { recursive: true, preserveTimestamps: true });

      const again = await stage.start();
      expect((await people.pause(again)).body).toMatchObject({ paused: false, cause: null });
      expect(await again.child.kill('SIGTERM')).toBe(0);

      rmSync(data, { recursive: true });
      cpSync(backup, data, { recursive: true, preserveTimestamps: true });
      expect(existsSync(join(data, 'postgres', 'PG_VERSION'))).toBe(true);
      const restored = await stage.start();
      expect((await people.pause(restored)).body).toMatchObject({ paused: true, differs: ['folder'] });
      expect((await people.resume(restored)).body).toMatchObject({ paused: false });
      expect(await restored.child.kill('SIGTERM')).toBe(0);
    });

    describe('that is moved to PostgreSQL', () => {
      const names = [0, 1].map(() => `lv_moved_${randomBytes(6).toString('hex')}`);
      const urls = names.map((name) => new URL(`/${name}`, server || 'postgres://nowhere').href);

      beforeAll(async () => {
        for (const name of names) await onServer(server, `CREATE DATABASE ${name}`);
      });
      afterAll(async () => {
        for (const name of names) await onServer(server, `DROP DATABASE ${name}`);
      });

      async function moved(dataDir: string, url = ''): Promise<string> {
        const env = { ...stage.env, DATABASE_URL: url, DATA_DIR: dataDir };
        const child = startChild(['dist/migrate-to-postgres.js'], env);
        expect(await child.exit(), child.output()).toBe(0);
        return child.output();
      }
      const pauseOn = async (env: Record<string, string>) => {
        Object.assign(stage.env, env);
        const replica = await stage.start();
        const { body } = await new Surroundings(stage).pause(replica);
        expect(await replica.child.kill('SIGTERM')).toBe(0);
        return body;
      };

      it('starts paused there, whether or not it was ever started where it lay (V4)', async () => {
        const copy = join(folder, 'never-started');
        cpSync(backup, copy, { recursive: true, preserveTimestamps: true });
        const said = await moved(copy, urls[0]);
        const paused = await pauseOn({ DATABASE_URL: urls[0] ?? '' });
        expect(paused).toMatchObject({ paused: true, cause: 'restored', differs: ['folder'] });
        expect(said).toContain('starts paused');
      });

      it('does not where the folder is the original; who goes back to that has it paused first (V4)', async () => {
        expect(await moved(data, urls[1])).not.toContain('starts paused');
        expect(await pauseOn({ DATABASE_URL: urls[1] ?? '' })).toMatchObject({ paused: false });

        const refused = startChild(['dist/main.js'], {
          ...stage.env,
          DATABASE_URL: '',
          DATA_DIR: data,
          PORT: '0',
        });
        expect(await refused.exit()).toBe(1);
        expect(refused.output()).toContain('npm run service:pause');
        rmSync(join(data, 'MOVED_TO_POSTGRES'));
        const told = startChild(['dist/pause-service.js'], { DATABASE_URL: '', DATA_DIR: data });
        expect(await told.exit(), told.output()).toBe(0);
        const back = await pauseOn({ DATABASE_URL: '', DATA_DIR: data });
        expect(back).toMatchObject({ paused: true, cause: 'command' });
      });
    });
  },
);
