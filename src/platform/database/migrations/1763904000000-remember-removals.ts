import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What comes to Lever late, of an order that was erased meanwhile, is to be removed as well (A3). */
export class RememberRemovals1763904000000 implements MigrationInterface {
  readonly name = 'RememberRemovals1763904000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders ADD COLUMN removal_asked_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN removal_asked_at');
  }
}
