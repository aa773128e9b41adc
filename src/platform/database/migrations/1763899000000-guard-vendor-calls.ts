import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records of calls to vendors are removed by retention only, in a transaction that says that it is retention. */
export class GuardVendorCalls1763899000000 implements MigrationInterface {
  readonly name = 'GuardVendorCalls1763899000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE FUNCTION refuse_change_but_retention() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP = 'DELETE' AND current_setting('lever_victig.retention', true) = TG_TABLE_NAME THEN
           RETURN NULL;
         END IF;
         RAISE EXCEPTION '% may not be changed: it refuses %', TG_TABLE_NAME, TG_OP;
       END $$`,
    );
    await runner.query('DROP TRIGGER vendor_calls_unchanged ON vendor_calls');
    await runner.query(
      `CREATE TRIGGER vendor_calls_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vendor_calls
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_but_retention()`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER vendor_calls_append_only ON vendor_calls');
    await runner.query(
      `CREATE TRIGGER vendor_calls_unchanged BEFORE UPDATE OR TRUNCATE ON vendor_calls
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
    );
    await runner.query('DROP FUNCTION refuse_change_but_retention');
  }
}
