import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An order that ended may be open again where no other is, nor any that came later; except for one that ended silently and of
 * which nothing was ever sent: of that nobody was told anything, and nothing can come. Called in the turn in which orders are opened.
 */
export class TakeUpPastSilentOrders1763925000000 implements MigrationInterface {
  readonly name = 'TakeUpPastSilentOrders1763925000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE FUNCTION may_take_up_order(
         installation uuid,
         opportunity text,
         opened_at timestamptz,
         order_id uuid
       ) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
       BEGIN
         PERFORM pg_advisory_xact_lock(1868850535, hashtext(installation || '/' || opportunity));
         RETURN NOT EXISTS (
           SELECT FROM orders
           WHERE installation_id = installation AND opportunity_id = opportunity AND id <> order_id
             AND (status NOT IN ('complete', 'rejected', 'canceled')
                  OR (created_at, id) > (opened_at, order_id)
                     AND NOT (status = 'canceled' AND provider_order_guid IS NULL AND NOT EXISTS (
                           SELECT FROM order_events
                           WHERE order_events.installation_id = installation AND order_events.order_id = orders.id
                             AND kind = 'submit_started'))));
       END $$`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION may_take_up_order');
  }
}
