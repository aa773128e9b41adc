import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an installation has many of is found without looking through all that others have (`npm run bench:admin`). */
export class SearchWithinInstallations1763899100000 implements MigrationInterface {
  readonly name = 'SearchWithinInstallations1763899100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of UNDO) await runner.query(statement);
  }
}

const SAID = `id::text || ' ' || opportunity_id || ' ' || coalesce(provider_order_guid, '') || ' '
  || coalesce(file_number, '') || ' ' || coalesce(product_name, '') || ' ' || coalesce(client_name, '') || ' '
  || coalesce(status_reason, '')`;

/** A word may have 2,046 bytes, and a character four. */
const WORDS_BEFORE = `array_to_tsvector(array_remove(regexp_split_to_array(left(lower(${SAID}), 500), '\\s+'), ''))`;

const STATEMENTS = [
  // Names and reasons, which many orders share, stand there once more with a mark of their installation. Words with a
  // digit are ids and numbers mostly, of which there are few anyway.
  `CREATE FUNCTION words_of_order(installation_id uuid, said text) RETURNS tsvector
   LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
     WITH words AS (
       SELECT word FROM regexp_split_to_table(left(lower(said), 500), '\\s+') AS word WHERE word <> '')
     SELECT array_to_tsvector(array_agg(every.word)) FROM (
       SELECT word FROM words
       UNION ALL
       SELECT right(installation_id::text, 8) || '/' || word FROM words WHERE word !~ '[0-9]') AS every
   $$`,
  'DROP INDEX orders_by_words',
  'ALTER TABLE orders DROP words',
  `ALTER TABLE orders ADD words tsvector GENERATED ALWAYS AS (words_of_order(installation_id, ${SAID})) STORED`,
  'CREATE INDEX orders_by_words ON orders USING gin (words)',
  'DROP INDEX orders_of_installation_with_mapping_warning',
  // With the warnings, so that the orders themselves need not be read to find the few that have a certain one.
  `CREATE INDEX orders_of_installation_with_mapping_warning ON orders (installation_id, id) INCLUDE (mapping_warnings)
     WHERE mapping_warnings <> '{}'`,
  // Entries are listed in the order of their ids, which begin with their time.
  'DROP INDEX audit_entries_by_time',
];

const UNDO = [
  'CREATE INDEX audit_entries_by_time ON audit_entries (at, id)',
  'DROP INDEX orders_of_installation_with_mapping_warning',
  `CREATE INDEX orders_of_installation_with_mapping_warning ON orders (installation_id, id)
     WHERE mapping_warnings <> '{}'`,
  'DROP INDEX orders_by_words',
  'ALTER TABLE orders DROP words',
  `ALTER TABLE orders ADD words tsvector GENERATED ALWAYS AS (${WORDS_BEFORE}) STORED`,
  'CREATE INDEX orders_by_words ON orders USING gin (words)',
  'DROP FUNCTION words_of_order(uuid, text)',
];
