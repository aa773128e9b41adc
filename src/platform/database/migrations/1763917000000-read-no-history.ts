import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is asked at each scrape, or while somebody waits, is found without reading all that ever was. */
export class ReadNoHistory1763917000000 implements MigrationInterface {
  readonly name = 'ReadNoHistory1763917000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX order_events_placed_twice ON order_events (at) WHERE kind = 'placed_twice'`,
    );
    await runner.query(
      `CREATE INDEX orders_to_remove ON orders (installation_id)
       WHERE erased_at IS NOT NULL AND removal_asked_at IS NOT NULL AND report_trouble IS NOT NULL`,
    );
    // Pages that are not summarized are read each time, and autovacuum summarizes them when a fifth of the table is new.
    await runner.query('ALTER INDEX vendor_calls_by_time SET (autosummarize = on)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER INDEX vendor_calls_by_time RESET (autosummarize)');
    await runner.query('DROP INDEX orders_to_remove');
    await runner.query('DROP INDEX order_events_placed_twice');
  }
}
