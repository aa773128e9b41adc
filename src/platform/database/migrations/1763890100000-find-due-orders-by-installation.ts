import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each installation has a retention time of its own: orders whose time is up are looked for in each (A3). */
export class FindDueOrdersByInstallation1763890100000 implements MigrationInterface {
  readonly name = 'FindDueOrdersByInstallation1763890100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_to_erase');
    await runner.query(
      `CREATE INDEX orders_to_erase ON orders (installation_id, ended_at)
       WHERE ended_at IS NOT NULL AND erased_at IS NULL AND legal_hold_reason IS NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_to_erase');
    await runner.query(
      `CREATE INDEX orders_to_erase ON orders (ended_at)
       WHERE ended_at IS NOT NULL AND erased_at IS NULL AND legal_hold_reason IS NULL`,
    );
  }
}
