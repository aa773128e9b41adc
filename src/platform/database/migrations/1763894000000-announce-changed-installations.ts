import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tells every replica that what it keeps of an installation is out of date, when the change is committed. */
export class AnnounceChangedInstallations1763894000000 implements MigrationInterface {
  readonly name = 'AnnounceChangedInstallations1763894000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER announce_change ON installations');
    await runner.query('DROP TRIGGER announce_change ON installation_secrets');
    await runner.query('DROP FUNCTION announce_changed_installation');
  }
}

const STATEMENTS = [
  // By a trigger, so that no way of changing an installation can forget it. Its argument names the column of the id.
  `CREATE FUNCTION announce_changed_installation() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM pg_notify('installation_changed', to_jsonb(COALESCE(NEW, OLD)) ->> TG_ARGV[0]);
     RETURN NULL;
   END $$`,

  `CREATE TRIGGER announce_change AFTER INSERT OR UPDATE OR DELETE ON installations
     FOR EACH ROW EXECUTE FUNCTION announce_changed_installation('id')`,

  `CREATE TRIGGER announce_change AFTER INSERT OR UPDATE OR DELETE ON installation_secrets
     FOR EACH ROW EXECUTE FUNCTION announce_changed_installation('installation_id')`,
];
