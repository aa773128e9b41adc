import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders are found by what is known of them, and by words of it; by nothing personal. */
export class SearchOrders1763892001000 implements MigrationInterface {
  readonly name = 'SearchOrders1763892001000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of UNDO) await runner.query(statement);
  }
}

/**
 * Ids stay in one piece, which the parsers of PostgreSQL would cut up; the reference is no word, for it may be a name.
 * A word may have 2,046 bytes, and a character four.
 */
const WORDS = `array_to_tsvector(array_remove(regexp_split_to_array(left(lower(
  id::text || ' ' || opportunity_id || ' ' || coalesce(provider_order_guid, '') || ' ' || coalesce(file_number, '')
  || ' ' || coalesce(product_name, '') || ' ' || coalesce(client_name, '') || ' ' || coalesce(status_reason, '')
  ), 500), '\\s+'), ''))`;

const STATEMENTS = [
  `ALTER TABLE orders
     ADD mapping_warnings text[] NOT NULL DEFAULT '{}',
     ADD words tsvector GENERATED ALWAYS AS (${WORDS}) STORED`,
  `CREATE INDEX orders_by_words ON orders USING gin (words)`,
  // Each ends with the id, in whose order pages are read. Those that name no installation serve the service's own staff.
  `CREATE INDEX orders_by_status ON orders (status, id)`,
  `CREATE INDEX orders_of_installation_by_status ON orders (installation_id, status, id)`,
  `CREATE INDEX orders_by_opportunity_id ON orders (opportunity_id, id)`,
  `CREATE INDEX orders_by_file_number ON orders (file_number, id) WHERE file_number IS NOT NULL`,
  `CREATE INDEX orders_by_product ON orders (product_name, id)`,
  `CREATE INDEX orders_by_version ON orders (installation_id, settings_version, id)`,
  `CREATE INDEX orders_by_creation ON orders (created_at, id)`,
  `CREATE INDEX orders_by_mapping_warning ON orders USING gin (mapping_warnings) WHERE mapping_warnings <> '{}'`,
  `CREATE INDEX orders_by_report_warning ON orders (id) WHERE report_warnings <> '[]'`,
  `CREATE INDEX orders_by_invitation_warning ON orders ((quick_app ->> 'warning'), id)
     WHERE quick_app ->> 'warning' IS NOT NULL`,
];

const UNDO = [
  `DROP INDEX orders_by_words, orders_by_status, orders_of_installation_by_status, orders_by_opportunity_id,
     orders_by_file_number, orders_by_product, orders_by_version, orders_by_creation, orders_by_mapping_warning,
     orders_by_report_warning, orders_by_invitation_warning`,
  'ALTER TABLE orders DROP words, DROP mapping_warnings',
];
