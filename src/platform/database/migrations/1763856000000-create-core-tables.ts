import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tables and indexes begin with installation_id wherever a customer's data is meant, so that the schema can be
 * distributed by it (design: Scale).
 */
export class CreateCoreTables1763856000000 implements MigrationInterface {
  readonly name = 'CreateCoreTables1763856000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE admin_keys, audit_entries, deliveries, progress_notes, order_events, order_keys, orders,
       installation_secrets, installation_versions, installations`,
    );
    await runner.query('DROP FUNCTION refuse_change');
  }
}

const STATEMENTS = [
  `CREATE TABLE installations (
     id uuid PRIMARY KEY,
     state text NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'disconnected')),
     settings_version integer NOT NULL CHECK (settings_version > 0),
     created_at timestamptz NOT NULL,
     updated_at timestamptz NOT NULL
   )`,

  // All that is configured and not secret; a change adds a row and never edits one (I3).
  `CREATE TABLE installation_versions (
     installation_id uuid NOT NULL REFERENCES installations,
     version integer NOT NULL CHECK (version > 0),
     configuration jsonb NOT NULL,
     changed_by text NOT NULL,
     created_at timestamptz NOT NULL,
     PRIMARY KEY (installation_id, version)
   )`,

  `CREATE TABLE installation_secrets (
     installation_id uuid NOT NULL REFERENCES installations,
     id uuid NOT NULL,
     kind text NOT NULL CHECK (kind IN ('signature_token', 'lever_api_key', 'victig_api_token', 'victig_webhook_secret')),
     sealed bytea NOT NULL,
     last_four text NOT NULL,
     created_at timestamptz NOT NULL,
     PRIMARY KEY (installation_id, id)
   )`,
  // Of signature tokens there may be several at once; of everything else one (I1).
  `CREATE UNIQUE INDEX installation_secrets_one_of_a_kind ON installation_secrets (installation_id, kind)
     WHERE kind <> 'signature_token'`,

  `CREATE TABLE orders (
     installation_id uuid NOT NULL REFERENCES installations,
     id uuid NOT NULL,
     opportunity_id text NOT NULL,
     status text NOT NULL CHECK (status IN
       ('received', 'held', 'submitting', 'pending', 'in_progress', 'complete', 'rejected', 'error', 'canceled')),
     status_reason text,
     interrupted_status text,
     sequence integer NOT NULL CHECK (sequence > 0),
     settings_version integer NOT NULL,
     triggered_at timestamptz NOT NULL,
     product_guid text,
     product_name text,
     client_guid text,
     client_name text,
     reference text,
     applicant_guid text,
     submit_started_at timestamptz,
     provider_order_guid text,
     file_number text,
     raw_status text,
     ordered_at timestamptz,
     completed_at timestamptz,
     flagged boolean,
     decision text,
     content_sealed bytea,
     results_sealed bytea,
     report_revision integer NOT NULL DEFAULT 0,
     shown_tags text[] NOT NULL DEFAULT '{}',
     shown_sequence integer NOT NULL DEFAULT 0,
     trouble text,
     trouble_since timestamptz,
     refreshed_at timestamptz,
     created_at timestamptz NOT NULL,
     updated_at timestamptz NOT NULL,
     PRIMARY KEY (installation_id, id),
     FOREIGN KEY (installation_id, settings_version) REFERENCES installation_versions (installation_id, version)
   )`,
  // T7: one open order for each opportunity, by the database and not by a check in code.
  `CREATE UNIQUE INDEX orders_one_open ON orders (installation_id, opportunity_id)
     WHERE status IN ('received', 'held', 'submitting', 'pending', 'in_progress', 'error')`,
  `CREATE INDEX orders_by_opportunity ON orders (installation_id, opportunity_id, created_at)`,
  `CREATE INDEX orders_by_id ON orders (id)`,
  `CREATE INDEX orders_by_provider_order ON orders (provider_order_guid) WHERE provider_order_guid IS NOT NULL`,
  `CREATE INDEX orders_to_refresh ON orders (refreshed_at)
     WHERE provider_order_guid IS NOT NULL AND status IN ('pending', 'in_progress', 'error')`,

  // History is the lock: the loser of a race for a sequence number fails and starts again.
  `CREATE TABLE order_events (
     installation_id uuid NOT NULL,
     order_id uuid NOT NULL,
     sequence integer NOT NULL,
     at timestamptz NOT NULL,
     kind text NOT NULL,
     status_from text,
     status_to text,
     data jsonb NOT NULL,
     PRIMARY KEY (installation_id, order_id, sequence),
     FOREIGN KEY (installation_id, order_id) REFERENCES orders (installation_id, id)
   )`,

  // One data key for each order (A3); destroying the row makes its personal data unreadable for good.
  `CREATE TABLE order_keys (
     installation_id uuid NOT NULL,
     order_id uuid NOT NULL,
     sealed bytea NOT NULL,
     PRIMARY KEY (installation_id, order_id),
     FOREIGN KEY (installation_id, order_id) REFERENCES orders (installation_id, id)
   )`,

  // A note is written down before it is posted, so that after a crash it is looked for and not posted twice.
  `CREATE TABLE progress_notes (
     installation_id uuid NOT NULL,
     order_id uuid NOT NULL,
     reference text NOT NULL,
     note_id text,
     created_at timestamptz NOT NULL,
     posted_at timestamptz,
     PRIMARY KEY (installation_id, order_id, reference),
     FOREIGN KEY (installation_id, order_id) REFERENCES orders (installation_id, id)
   )`,

  // Received webhooks and callbacks: what was understood of them, ids only.
  `CREATE TABLE deliveries (
     installation_id uuid NOT NULL,
     id uuid NOT NULL,
     source text NOT NULL CHECK (source IN ('lever', 'victig')),
     dedupe_key text NOT NULL,
     event text NOT NULL,
     facts jsonb NOT NULL,
     triggered_at timestamptz NOT NULL,
     received_at timestamptz NOT NULL,
     outcome text NOT NULL CHECK (outcome IN ('queued', 'acted_on', 'ignored')),
     reason text,
     order_id uuid,
     PRIMARY KEY (installation_id, id)
   )`,
  `CREATE UNIQUE INDEX deliveries_once ON deliveries (installation_id, source, dedupe_key)`,
  `CREATE INDEX deliveries_of_order ON deliveries (installation_id, order_id) WHERE order_id IS NOT NULL`,

  `CREATE TABLE audit_entries (
     installation_id uuid NOT NULL,
     id uuid NOT NULL,
     at timestamptz NOT NULL,
     actor text NOT NULL,
     action text NOT NULL,
     order_id uuid,
     opportunity_id text,
     data jsonb NOT NULL,
     PRIMARY KEY (installation_id, id)
   )`,
  `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION '% may not be changed: it refuses %', TG_TABLE_NAME, TG_OP; END $$`,
  `CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,

  `CREATE TABLE admin_keys (
     id uuid PRIMARY KEY,
     name text NOT NULL,
     role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin', 'auditor')),
     installation_id uuid REFERENCES installations,
     hash bytea NOT NULL UNIQUE,
     last_four text NOT NULL,
     created_at timestamptz NOT NULL,
     expires_at timestamptz,
     revoked_at timestamptz
   )`,
];
