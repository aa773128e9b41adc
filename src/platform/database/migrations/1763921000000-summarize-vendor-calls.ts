import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pages that are not summarized are read each time, and autovacuum summarizes them when a fifth of the table is new. */
export class SummarizeVendorCalls1763921000000 implements MigrationInterface {
  readonly name = 'SummarizeVendorCalls1763921000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER INDEX vendor_calls_by_time SET (autosummarize = on)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER INDEX vendor_calls_by_time RESET (autosummarize)');
  }
}
