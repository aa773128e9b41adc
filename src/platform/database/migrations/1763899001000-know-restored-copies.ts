import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the database lives, so that a restored copy is noticed; and since when nothing is sent because of it. */
export class KnowRestoredCopies1763899001000 implements MigrationInterface {
  readonly name = 'KnowRestoredCopies1763899001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE service_home (
         one boolean PRIMARY KEY DEFAULT true CHECK (one),
         home jsonb NOT NULL,
         seen_at timestamptz NOT NULL
       )`,
    );
    await runner.query(
      `CREATE TABLE service_pauses (
         id uuid PRIMARY KEY,
         cause text NOT NULL CHECK (cause IN ('restored', 'command')),
         differs text[] NOT NULL,
         noticed_at timestamptz NOT NULL,
         known_until timestamptz NOT NULL,
         resumed_at timestamptz,
         resumed_by text
       )`,
    );
    await runner.query(
      'CREATE UNIQUE INDEX service_pauses_one ON service_pauses ((true)) WHERE resumed_at IS NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE service_pauses, service_home');
  }
}
