import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An order that VICTIG canceled may be taken up again, and come to another end, while it is decided to open one after it:
 * that is decided anew then (T7).
 */
export class NoticeOrdersTakenUpAgain1763913000000 implements MigrationInterface {
  readonly name = 'NoticeOrdersTakenUpAgain1763913000000';

  /** `may_open_order` waits for its turn; what is asked after it is asked anew, and sees what that turn waited for. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE FUNCTION may_open_order_after(
         installation uuid,
         opportunity text,
         before_at timestamptz,
         before_id uuid,
         before_status text
       ) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
       BEGIN
         IF NOT may_open_order(installation, opportunity, before_at, before_id) THEN
           RETURN false;
         END IF;
         RETURN before_id IS NULL OR EXISTS (
           SELECT FROM orders
           WHERE installation_id = installation AND id = before_id AND status = before_status);
       END $$`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION may_open_order_after');
  }
}
