import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What following orders by VICTIG's lists needs to remember, and callbacks that came before their order (V2, V3). */
export class FollowOrdersByLists1763882000000 implements MigrationInterface {
  readonly name = 'FollowOrdersByLists1763882000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX deliveries_of_provider_order');
    await runner.query('DROP INDEX orders_to_follow');
    await runner.query('DROP TABLE client_polls');
    await runner.query('ALTER TABLE orders DROP COLUMN quick_app, DROP COLUMN listed_as');
  }
}

const STATEMENTS = [
  `ALTER TABLE orders ADD COLUMN quick_app jsonb, ADD COLUMN listed_as text`,

  // When the orders of a client at VICTIG were last listed. The account is the API application, named by a
  // fingerprint of its token: several installations may share one, and the client's list is read once for all.
  `CREATE TABLE client_polls (
     account text NOT NULL,
     client_guid text NOT NULL,
     polled_at timestamptz NOT NULL,
     PRIMARY KEY (account, client_guid)
   )`,

  // Which clients have open orders, and which orders of a client are open.
  `CREATE INDEX orders_to_follow ON orders (installation_id, client_guid)
     WHERE provider_order_guid IS NOT NULL AND status IN ('pending', 'in_progress', 'error')`,

  // Callbacks that wait for their order.
  `CREATE INDEX deliveries_of_provider_order ON deliveries (installation_id, (facts ->> 'orderGuid'))
     WHERE source = 'victig' AND outcome = 'queued'`,
];
