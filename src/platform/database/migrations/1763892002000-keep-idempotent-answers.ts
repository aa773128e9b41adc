import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was answered to a request with an `Idempotency-Key`, for a day (P3). */
export class KeepIdempotentAnswers1763892002000 implements MigrationInterface {
  readonly name = 'KeepIdempotentAnswers1763892002000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotent_requests');
  }
}

const STATEMENTS = [
  // `claim` is whose turn it is: a transaction of an earlier turn that comes late changes nothing. `took_effect_at` is
  // written by the transaction of the effect itself. What was asked and answered may hold secrets, and is sealed.
  `CREATE TABLE idempotent_requests (
     actor text NOT NULL,
     key text NOT NULL,
     claim uuid NOT NULL,
     claimed_at timestamptz NOT NULL,
     request_sealed bytea NOT NULL,
     took_effect_at timestamptz,
     answer_sealed bytea,
     expires_at timestamptz NOT NULL,
     PRIMARY KEY (actor, key)
   )`,
  `CREATE INDEX idempotent_requests_to_forget ON idempotent_requests (expires_at)`,
];
