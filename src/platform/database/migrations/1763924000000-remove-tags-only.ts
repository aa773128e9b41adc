import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of an order that was erased before Lever showed its outcome the tags alone are taken away: they would never be right. */
export class RemoveTagsOnly1763924000000 implements MigrationInterface {
  readonly name = 'RemoveTagsOnly1763924000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders ADD COLUMN removal_keeps_notes boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN removal_keeps_notes');
  }
}
