import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Submissions that were taken for lost and may come true yet are found without reading all that ever was. */
export class FindLostSubmissions1763918000000 implements MigrationInterface {
  readonly name = 'FindLostSubmissions1763918000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX order_events_submissions_lost ON order_events (at)
       WHERE kind = 'submit_not_received' AND data ->> 'failure' = 'not_found'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX order_events_submissions_lost');
  }
}
