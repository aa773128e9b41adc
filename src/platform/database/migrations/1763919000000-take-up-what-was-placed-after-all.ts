import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An order of which people were told that nothing was ordered, and that VICTIG had taken, is told of once more. */
export class TakeUpWhatWasPlacedAfterAll1763919000000 implements MigrationInterface {
  readonly name = 'TakeUpWhatWasPlacedAfterAll1763919000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders ADD COLUMN ordered_after_all_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN ordered_after_all_at');
  }
}
