import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is written again and again asks for less: orders, places in the vendors' limits, and audit entries. */
export class WriteLess1763902000000 implements MigrationInterface {
  readonly name = 'WriteLess1763902000000';

  async up(runner: QueryRunner): Promise<void> {
    // Where its next version finds room beside it, none of the indexes on orders has to be told of it.
    await runner.query('ALTER TABLE orders SET (fillfactor = 70)');
    await runner.query(reserveCall(FOUND_FIRST));
    await runner.query(appendEntries(REFUSED_AS_KNOWN));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(appendEntries(LOOKED_FOR));
    await runner.query(reserveCall(MADE_FIRST));
    await runner.query('ALTER TABLE orders RESET (fillfactor)');
  }
}

const MADE_FIRST = `
     INSERT INTO rate_buckets (key) VALUES (bucket_key) ON CONFLICT DO NOTHING;
     SELECT * INTO STRICT bucket FROM rate_buckets WHERE key = bucket_key FOR UPDATE;`;

const FOUND_FIRST = `
     SELECT * INTO bucket FROM rate_buckets WHERE key = bucket_key FOR UPDATE;
     IF NOT FOUND THEN
       INSERT INTO rate_buckets (key) VALUES (bucket_key) ON CONFLICT DO NOTHING;
       SELECT * INTO STRICT bucket FROM rate_buckets WHERE key = bucket_key FOR UPDATE;
     END IF;`;

const reserveCall = (takeBucket: string): string =>
  `CREATE OR REPLACE FUNCTION reserve_call(
     bucket_key text,
     step_ms double precision,
     tolerance_ms double precision,
     horizon_ms double precision,
     day_limit integer,
     OUT outcome text,
     OUT wait_ms double precision
   ) LANGUAGE plpgsql AS $$
   DECLARE
     one_ms CONSTANT interval := interval '1 millisecond';
     bucket rate_buckets;
     asked_at timestamptz;
     owes_from timestamptz;
     slot timestamptz;
     day_of_slot date;
     calls integer;
   BEGIN${takeBucket}
     -- Only now: the row may have been waited for.
     asked_at := clock_timestamp();
     owes_from := greatest(bucket.paid_until, asked_at);
     slot := greatest(asked_at, owes_from - tolerance_ms * one_ms);
     -- At midnight a slot of the old day may be given out after one of the new.
     day_of_slot := greatest(bucket.day, (slot AT TIME ZONE 'UTC')::date);
     calls := CASE WHEN bucket.day = day_of_slot THEN bucket.calls_of_day ELSE 0 END;
     IF calls >= day_limit THEN
       outcome := 'day_used_up';
       wait_ms := extract(epoch FROM (day_of_slot + 1)::timestamp AT TIME ZONE 'UTC' - asked_at) * 1000;
       RETURN;
     END IF;
     wait_ms := extract(epoch FROM slot - asked_at) * 1000;
     IF wait_ms > horizon_ms THEN
       outcome := 'ask_again';
       wait_ms := wait_ms - horizon_ms;
       RETURN;
     END IF;
     UPDATE rate_buckets
     SET paid_until = owes_from + step_ms * one_ms * CASE WHEN bucket.slow_until > slot THEN 2 ELSE 1 END,
         day = day_of_slot,
         calls_of_day = calls + 1
     WHERE key = bucket_key;
     outcome := 'granted';
   END $$`;

const LOOKED_FOR = {
  before: `
       CONTINUE WHEN EXISTS (
         SELECT 1 FROM audit_entries WHERE installation_id = entry.installation_id AND id = entry.id);`,
  onConflict: '',
  after: '',
};

/** An entry that is there already is told by its key, when it is added once more. */
const REFUSED_AS_KNOWN: typeof LOOKED_FOR = {
  before: '',
  onConflict: `
         ON CONFLICT (installation_id, id) DO NOTHING`,
  after: `
       CONTINUE WHEN NOT FOUND;`,
};

/** Chained as before; whoever appends holds the chain's row from the first entry of it until the commit. */
const appendEntries = ({ before, onConflict, after }: typeof LOOKED_FOR): string =>
  `CREATE OR REPLACE FUNCTION append_audit_entries(entries jsonb) RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     entry record;
     head audit_heads;
     link bytea;
   BEGIN
     FOR entry IN
       SELECT (value->>'installationId')::uuid AS installation_id, (value->>'id')::uuid AS id,
              (value->>'at')::timestamptz AS at, value->>'actor' AS actor, value->>'action' AS action,
              (value->>'orderId')::uuid AS order_id, value->>'opportunityId' AS opportunity_id,
              value->'data' AS data, decode(value->>'digest', 'hex') AS digest, value->>'cause' AS cause,
              (value->>'settingsVersion')::integer AS settings_version
       FROM jsonb_array_elements(entries) WITH ORDINALITY AS element (value, position) ORDER BY position
     LOOP
       SELECT * INTO head FROM audit_heads WHERE installation_id = entry.installation_id FOR UPDATE;
       IF NOT FOUND THEN
         INSERT INTO audit_heads VALUES (entry.installation_id, 0, NULL, decode(repeat('00', 32), 'hex'))
           ON CONFLICT DO NOTHING;
         SELECT * INTO head FROM audit_heads WHERE installation_id = entry.installation_id FOR UPDATE;
       END IF;${before}
       link := sha256(head.hash || int8send(head.seq + 1) || entry.digest);
       INSERT INTO audit_entries
         (installation_id, id, at, actor, action, order_id, opportunity_id, data, seq, previous_id, hash, cause,
          settings_version)
         VALUES (entry.installation_id, entry.id, entry.at, entry.actor, entry.action, entry.order_id,
                 entry.opportunity_id, entry.data, head.seq + 1, head.id, link, entry.cause,
                 entry.settings_version)${onConflict};${after}
       UPDATE audit_heads SET seq = head.seq + 1, id = entry.id, hash = link
         WHERE installation_id = entry.installation_id;
     END LOOP;
   END $$`;
