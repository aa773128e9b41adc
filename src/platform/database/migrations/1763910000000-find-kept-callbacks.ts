import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Callbacks that wait for their order are found by our id of it without reading those about orders of others (V2). */
export class FindKeptCallbacks1763910000000 implements MigrationInterface {
  readonly name = 'FindKeptCallbacks1763910000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX deliveries_of_our_order ON deliveries (installation_id, lower(facts ->> 'externalIdentifier'))
       WHERE source = 'victig' AND outcome = 'queued' AND facts ->> 'externalIdentifier' IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX deliveries_of_our_order');
  }
}
