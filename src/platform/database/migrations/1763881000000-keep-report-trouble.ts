import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What keeps Lever from showing an order, and what is posted and uploaded there exactly once. */
export class KeepReportTrouble1763881000000 implements MigrationInterface {
  readonly name = 'KeepReportTrouble1763881000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE report_files');
    await runner.query('ALTER TABLE progress_notes DROP COLUMN post_started_at');
    await runner.query(
      'ALTER TABLE orders DROP COLUMN report_trouble, DROP COLUMN report_trouble_since, DROP COLUMN report_warnings',
    );
  }
}

const STATEMENTS = [
  `ALTER TABLE orders
     ADD COLUMN report_trouble text,
     ADD COLUMN report_trouble_since timestamptz,
     ADD COLUMN report_warnings jsonb NOT NULL DEFAULT '[]'`,

  `ALTER TABLE progress_notes ADD COLUMN post_started_at timestamptz`,
  // Of these it is not known whether they were posted.
  `UPDATE progress_notes SET post_started_at = created_at WHERE note_id IS NULL`,

  // A file is written down before it is uploaded, so that after a crash it is looked for and not uploaded twice.
  `CREATE TABLE report_files (
     installation_id uuid NOT NULL,
     order_id uuid NOT NULL,
     reference text NOT NULL,
     upload_started_at timestamptz,
     file_id text,
     attached_at timestamptz,
     PRIMARY KEY (installation_id, order_id, reference),
     FOREIGN KEY (installation_id, order_id) REFERENCES orders (installation_id, id)
   )`,
];
