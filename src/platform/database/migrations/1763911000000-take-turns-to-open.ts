import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders of an opportunity are opened one after the other, each by what the one before it left (T7). */
export class TakeTurnsToOpen1763911000000 implements MigrationInterface {
  readonly name = 'TakeTurnsToOpen1763911000000';

  /**
   * The statement that asks sees nothing that was committed while it waited; a function that may change something looks
   * anew with each of its queries. The lock's first number is for these locks only, and `hashtext` may give two
   * opportunities the same second one: then one waits for nothing.
   */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE FUNCTION may_open_order(
         installation uuid,
         opportunity text,
         before_at timestamptz,
         before_id uuid
       ) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
       BEGIN
         PERFORM pg_advisory_xact_lock(1868850535, hashtext(installation || '/' || opportunity));
         RETURN NOT EXISTS (
           SELECT FROM orders
           WHERE installation_id = installation AND opportunity_id = opportunity
             AND (before_id IS NULL OR (created_at, id) > (before_at, before_id)
                  OR status NOT IN ('complete', 'rejected', 'canceled')));
       END $$`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION may_open_order');
  }
}
