import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders that VICTIG took after ours had ended, counted at each scrape, are found without reading all that ever was. */
export class FindOrdersPlacedAfterEnd1763922000000 implements MigrationInterface {
  readonly name = 'FindOrdersPlacedAfterEnd1763922000000';

  async up(runner: QueryRunner): Promise<void> {
    // It is there where `1763919000000` made it, as it did for a while.
    await runner.query(
      `CREATE INDEX IF NOT EXISTS order_events_placed_after_end ON order_events (at) WHERE kind = 'placed_after_end'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX order_events_placed_after_end');
  }
}
