import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The span in which an order was opened, as W3C writes it: what happens to it later belongs to the same trace. */
export class KeepTracesOfOrders1763900001000 implements MigrationInterface {
  readonly name = 'KeepTracesOfOrders1763900001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders ADD COLUMN traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN traceparent');
  }
}
