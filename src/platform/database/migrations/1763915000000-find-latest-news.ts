import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPEN = `provider_order_guid IS NOT NULL AND status IN ('pending', 'in_progress', 'error')`;

/** When any of a client's open orders had news is the end of an index, and is not looked for in each of them (V3). */
export class FindLatestNews1763915000000 implements MigrationInterface {
  readonly name = 'FindLatestNews1763915000000';

  async up(runner: QueryRunner): Promise<void> {
    // The default is for orders that a replica of the version before opens meanwhile.
    await runner.query('ALTER TABLE orders ADD COLUMN news_at timestamptz NOT NULL DEFAULT now()');
    await runner.query(`UPDATE orders SET news_at = updated_at WHERE ${OPEN}`);
    await runner.query('DROP INDEX orders_to_follow');
    await runner.query(
      `CREATE INDEX orders_to_follow ON orders (installation_id, client_guid, news_at) WHERE ${OPEN}`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_to_follow');
    await runner.query(
      `CREATE INDEX orders_to_follow ON orders (installation_id, client_guid) WHERE ${OPEN}`,
    );
    await runner.query('ALTER TABLE orders DROP COLUMN news_at');
  }
}
