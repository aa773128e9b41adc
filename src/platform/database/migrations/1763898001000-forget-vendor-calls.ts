import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records of calls to vendors are removed when their time is over; till then they stay as they were written. */
export class ForgetVendorCalls1763898001000 implements MigrationInterface {
  readonly name = 'ForgetVendorCalls1763898001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER vendor_calls_append_only ON vendor_calls');
    await runner.query(
      `CREATE TRIGGER vendor_calls_unchanged BEFORE UPDATE OR TRUNCATE ON vendor_calls
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
    );
    // Found by installation, for each may have a time of its own.
    await runner.query('CREATE INDEX vendor_calls_to_forget ON vendor_calls (installation_id, at, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX vendor_calls_to_forget');
    await runner.query('DROP TRIGGER vendor_calls_unchanged ON vendor_calls');
    await runner.query(
      `CREATE TRIGGER vendor_calls_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vendor_calls
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
    );
  }
}
