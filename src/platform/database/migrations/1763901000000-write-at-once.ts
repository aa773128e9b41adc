import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Writes that are one statement fail together when one of them finds nothing to write (ADR 31). */
export class WriteAtOnce1763901000000 implements MigrationInterface {
  readonly name = 'WriteAtOnce1763901000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE FUNCTION refuse_write(number integer) RETURNS boolean LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'write % found nothing to write', number USING ERRCODE = 'LV001', DETAIL = number::text;
       END $$`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION refuse_write');
  }
}
