import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why and since when a check goes on without its candidate: people are told of it once. */
export class TellOfWithdrawals1763889000000 implements MigrationInterface {
  readonly name = 'TellOfWithdrawals1763889000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE orders ADD COLUMN withdrawn_reason text, ADD COLUMN withdrawn_at timestamptz',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN withdrawn_reason, DROP COLUMN withdrawn_at');
  }
}
