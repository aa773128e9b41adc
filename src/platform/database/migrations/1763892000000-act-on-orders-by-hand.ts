import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders may be placed and ended by people; their stories say by whom, and what the vendors were asked. */
export class ActOnOrdersByHand1763892000000 implements MigrationInterface {
  readonly name = 'ActOnOrdersByHand1763892000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of UNDO) await runner.query(statement);
  }
}

const STATEMENTS = [
  // Who placed it by hand; null: a trigger did (T7).
  `ALTER TABLE orders ADD placed_by text`,
  // Null in events from before: the audit trail knows.
  `ALTER TABLE order_events ADD actor text`,
  // When, and by whom, it was decided once more: a list of {at, by}.
  `ALTER TABLE deliveries ADD replays jsonb NOT NULL DEFAULT '[]'`,
  // What else was said of a candidate for whom something was ordered.
  `CREATE INDEX deliveries_of_opportunity ON deliveries (installation_id, (facts ->> 'opportunityId'))
     WHERE source = 'lever'`,

  // What was asked of vendors for an order, and how it went: never what was said (timeline). Written once for each run
  // of a job, so it has no foreign key that would lock the order.
  `CREATE TABLE vendor_calls (
     installation_id uuid NOT NULL,
     order_id uuid NOT NULL,
     id uuid NOT NULL,
     at timestamptz NOT NULL,
     vendor text NOT NULL,
     operation text NOT NULL,
     outcome text NOT NULL CHECK (outcome IN ('answered', 'unreachable', 'timed_out', 'rate_limited', 'unavailable',
       'unauthorized', 'rejected', 'malformed')),
     status integer,
     duration_ms integer NOT NULL,
     cause text NOT NULL,
     attempt integer NOT NULL,
     next_try_at timestamptz,
     PRIMARY KEY (installation_id, order_id, id)
   )`,
  `CREATE INDEX vendor_calls_by_time ON vendor_calls USING brin (at)`,
  `CREATE TRIGGER vendor_calls_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vendor_calls
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
];

const UNDO = [
  'DROP TABLE vendor_calls',
  'DROP INDEX deliveries_of_opportunity',
  'ALTER TABLE deliveries DROP replays',
  'ALTER TABLE order_events DROP actor',
  'ALTER TABLE orders DROP placed_by',
];
