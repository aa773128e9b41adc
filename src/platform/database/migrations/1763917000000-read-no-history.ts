import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders that VICTIG has twice, counted at each scrape, are found without reading all that ever was. */
export class ReadNoHistory1763917000000 implements MigrationInterface {
  readonly name = 'ReadNoHistory1763917000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX order_events_placed_twice ON order_events (at) WHERE kind = 'placed_twice'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX order_events_placed_twice');
  }
}
