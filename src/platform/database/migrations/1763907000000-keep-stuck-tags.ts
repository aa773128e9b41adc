import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tags that Lever did not let go were known by a warning alone, which ends with its order (A3, R4). */
export class KeepStuckTags1763907000000 implements MigrationInterface {
  readonly name = 'KeepStuckTags1763907000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN stuck_tags');
  }
}

const STATEMENTS = [
  `ALTER TABLE orders ADD COLUMN stuck_tags text[] NOT NULL DEFAULT '{}'`,
  `UPDATE orders SET stuck_tags = ARRAY(
     SELECT jsonb_array_elements_text(warning -> 'details')
     FROM jsonb_array_elements(report_warnings) AS warning
     WHERE warning ->> 'code' = 'tag_not_removed')
   WHERE report_warnings @> '[{"code": "tag_not_removed"}]'`,
];
