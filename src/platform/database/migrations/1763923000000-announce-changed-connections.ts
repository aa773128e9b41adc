import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tells every replica that what it keeps of an installation's OAuth connection is out of date, as of its secrets. */
export class AnnounceChangedConnections1763923000000 implements MigrationInterface {
  readonly name = 'AnnounceChangedConnections1763923000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TRIGGER announce_change AFTER INSERT OR UPDATE OR DELETE ON lever_connections
         FOR EACH ROW EXECUTE FUNCTION announce_changed_installation('installation_id')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER announce_change ON lever_connections');
  }
}
