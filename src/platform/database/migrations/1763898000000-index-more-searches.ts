import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was still read from end to end at 1,000,000 orders (measured by `npm run bench:admin`). */
export class IndexMoreSearches1763898000000 implements MigrationInterface {
  readonly name = 'IndexMoreSearches1763898000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of UNDO) await runner.query(statement);
  }
}

const STATEMENTS = [
  `CREATE INDEX orders_by_version_of_any ON orders (settings_version, id)`,
  // Of all orders, for with a condition beside it the planner takes every warning for rare.
  `DROP INDEX orders_by_mapping_warning`,
  `CREATE INDEX orders_by_mapping_warning ON orders USING gin (mapping_warnings)`,
  `CREATE INDEX orders_of_installation_with_mapping_warning ON orders (installation_id, id)
     WHERE mapping_warnings <> '{}'`,
  `CREATE INDEX deliveries_by_reason ON deliveries (reason, id) WHERE reason IS NOT NULL`,
  `CREATE INDEX deliveries_of_installation_by_reason ON deliveries (installation_id, reason, id) WHERE reason IS NOT NULL`,
];

const UNDO = [
  `DROP INDEX orders_by_version_of_any, orders_by_mapping_warning, orders_of_installation_with_mapping_warning,
     deliveries_by_reason,
     deliveries_of_installation_by_reason`,
  `CREATE INDEX orders_by_mapping_warning ON orders USING gin (mapping_warnings) WHERE mapping_warnings <> '{}'`,
];
