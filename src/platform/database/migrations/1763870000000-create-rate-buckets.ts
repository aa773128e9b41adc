import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is kept across replicas about the pace of calls to vendors (F3, ADR 5). */
export class CreateRateBuckets1763870000000 implements MigrationInterface {
  readonly name = 'CreateRateBuckets1763870000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION reserve_call');
    await runner.query('DROP TABLE rate_buckets');
  }
}

const STATEMENTS = [
  // A row for each account that was ever called, so that there is nothing to clean up. `paid_until` is when all
  // calls that were granted are paid back at the agreed pace: the theoretical arrival time of GCRA.
  `CREATE TABLE rate_buckets (
     key text PRIMARY KEY,
     paid_until timestamptz NOT NULL DEFAULT '-infinity',
     slow_until timestamptz NOT NULL DEFAULT '-infinity',
     day date NOT NULL DEFAULT '-infinity',
     calls_of_day integer NOT NULL DEFAULT 0
   )`,

  // One statement of the caller: nobody holds the row while a replica thinks, pauses or dies.
  `CREATE FUNCTION reserve_call(
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
   BEGIN
     INSERT INTO rate_buckets (key) VALUES (bucket_key) ON CONFLICT DO NOTHING;
     SELECT * INTO STRICT bucket FROM rate_buckets WHERE key = bucket_key FOR UPDATE;
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
   END $$`,
];
