import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The reconciler asks for orders in trouble, whatever their status, without reading all there are (V3). */
export class FindTroubledOrders1763903000000 implements MigrationInterface {
  readonly name = 'FindTroubledOrders1763903000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX orders_in_trouble ON orders (installation_id, client_guid)
       WHERE provider_order_guid IS NOT NULL AND trouble IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_in_trouble');
  }
}
