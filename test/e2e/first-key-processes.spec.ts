import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { eventually } from '../support/eventually.js';
import { ProcessStage } from '../support/process-stage.js';

/** The embedded database has room for one process. */
const onServer = inject('databaseTemplate').kind === 'server' ? describe : describe.skip;

/** Held by the test while keys are to be inserted. */
const GATE = 42;

onServer(
  'the first admin key and several processes (on PostgreSQL only: processes share no embedded database)',
  { timeout: 300_000 },
  () => {
    let stage: ProcessStage;

    beforeAll(() => buildIfNeeded());
    afterEach(() => stage[Symbol.asyncDispose]());

    it('is made once by those that start together (A5, F5)', async () => {
      stage = await ProcessStage.set();
      delete stage.env['ADMIN_API_KEY'];
      // Whoever has found that there is no key waits here, until the others have looked, too.
      await stage.database.query(`SELECT pg_advisory_lock(${GATE})`);
      await stage.database.query(`
        CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_advisory_xact_lock(${GATE}); RETURN NEW; END';
        CREATE TRIGGER gate BEFORE INSERT ON admin_keys FOR EACH ROW EXECUTE FUNCTION wait_at_gate()`);
      const starting = Promise.all([stage.start(), stage.start()]);
      await eventually(async () => {
        const { rows } = await stage.database.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_locks
           WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        );
        expect(rows[0]?.waiting).toBe(2);
      }, 120_000);
      await stage.database.query(`SELECT pg_advisory_unlock(${GATE})`);
      const replicas = await starting;
      const shown = replicas.flatMap(({ child }) => child.output().match(/lvk_[\w-]+/g) ?? []);
      expect(shown).toHaveLength(1);
      const { rows } = await stage.database.query('SELECT id FROM admin_keys');
      expect(rows).toHaveLength(1);
    });
  },
);
