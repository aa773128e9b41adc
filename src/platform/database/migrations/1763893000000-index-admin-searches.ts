import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What people search by in the admin API, newest first. Lists are ordered by id, so each index ends with it; without
 * them a search that meets little reads backwards through everything (measured by `npm run bench:admin`).
 */
export class IndexAdminSearches1763893000000 implements MigrationInterface {
  readonly name = 'IndexAdminSearches1763893000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(INDEXES)) {
      await runner.query(`CREATE INDEX ${name} ON ${definition}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await runner.query(`DROP INDEX ${name}`);
  }
}

const INDEXES = {
  deliveries_by_order: 'deliveries (order_id, id) WHERE order_id IS NOT NULL',
  // What an installation never had is otherwise looked for in all that it has.
  deliveries_by_outcome: 'deliveries (installation_id, outcome, id)',
  audit_entries_by_action_of_installation: 'audit_entries (installation_id, action, id)',
  audit_entries_by_action: 'audit_entries (action, id)',
  audit_entries_by_actor: 'audit_entries (actor, id)',
  // A stretch of time in the past is found by the time itself.
  audit_entries_by_time: 'audit_entries (at, id)',
};
