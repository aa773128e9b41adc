import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of each verification of the whole audit trail, so that every replica can tell of the last one. */
export class KeepAuditVerifications1763900000000 implements MigrationInterface {
  readonly name = 'KeepAuditVerifications1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE audit_verifications (
         id uuid PRIMARY KEY,
         at timestamptz NOT NULL,
         ok boolean NOT NULL,
         entries bigint NOT NULL,
         checkpoints bigint NOT NULL
       )`,
    );
    await runner.query('CREATE INDEX audit_verifications_by_time ON audit_verifications (at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_verifications');
  }
}
