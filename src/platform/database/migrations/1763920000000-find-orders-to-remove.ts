import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What activating an installation takes up again, while somebody waits, is found without reading all that ever was. */
export class FindOrdersToRemove1763920000000 implements MigrationInterface {
  readonly name = 'FindOrdersToRemove1763920000000';

  async up(runner: QueryRunner): Promise<void> {
    // It is there where `1763917000000` made it, as it did for a while.
    await runner.query(
      `CREATE INDEX IF NOT EXISTS orders_to_remove ON orders (installation_id)
       WHERE erased_at IS NOT NULL AND removal_asked_at IS NOT NULL AND report_trouble IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_to_remove');
  }
}
