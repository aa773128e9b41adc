import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Admin keys are hashed under a key of the service's own (A5). What was hashed without one is hashed anew by the next
 * start, which knows that key; the database does not.
 */
export class KeyTheHashesOfAdminKeys1763891000000 implements MigrationInterface {
  readonly name = 'KeyTheHashesOfAdminKeys1763891000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE admin_keys ADD COLUMN hash_key_id text, ADD COLUMN sealed_digest bytea');
  }

  async down(runner: QueryRunner): Promise<void> {
    // Keyed hashes mean nothing to a service that does not know of them: their keys end.
    await runner.query('DELETE FROM admin_keys WHERE hash_key_id IS NOT NULL');
    await runner.query('ALTER TABLE admin_keys DROP COLUMN hash_key_id, DROP COLUMN sealed_digest');
  }
}
