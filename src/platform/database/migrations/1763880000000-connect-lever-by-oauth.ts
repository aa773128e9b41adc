import type { MigrationInterface, QueryRunner } from 'typeorm';

/** OAuth connections to Lever, and deliveries that wait while there is none (I4, I6, ADR 6). */
export class ConnectLeverByOauth1763880000000 implements MigrationInterface {
  readonly name = 'ConnectLeverByOauth1763880000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX deliveries_queued');
    await runner.query('DROP TABLE lever_oauth_states, lever_connections');
    await runner.query('ALTER TABLE installations DROP COLUMN lever_refused_at');
    await runner.query(
      `DELETE FROM installation_secrets WHERE kind IN ('lever_access_token', 'lever_refresh_token')`,
    );
    await runner.query('ALTER TABLE installation_secrets DROP CONSTRAINT installation_secrets_kind_check');
    await runner.query(
      `ALTER TABLE installation_secrets ADD CONSTRAINT installation_secrets_kind_check
       CHECK (kind IN ('signature_token', 'lever_api_key', 'victig_api_token', 'victig_webhook_secret'))`,
    );
  }
}

const STATEMENTS = [
  // Since when Lever refuses the credentials that are stored; nothing is asked with them any more.
  `ALTER TABLE installations ADD COLUMN lever_refused_at timestamptz`,

  `ALTER TABLE installation_secrets DROP CONSTRAINT installation_secrets_kind_check`,
  `ALTER TABLE installation_secrets ADD CONSTRAINT installation_secrets_kind_check
     CHECK (kind IN ('signature_token', 'lever_api_key', 'lever_access_token', 'lever_refresh_token',
                     'victig_api_token', 'victig_webhook_secret'))`,

  // The tokens themselves are sealed in installation_secrets. \`generation\` counts pairs of tokens: who exchanged
  // an older pair writes nothing. While \`refreshing\`, until \`refresh_blocked_until\`, it is one process's turn.
  `CREATE TABLE lever_connections (
     installation_id uuid PRIMARY KEY REFERENCES installations,
     account_id text,
     scopes text[],
     connected_at timestamptz NOT NULL,
     refreshed_at timestamptz NOT NULL,
     access_expires_at timestamptz NOT NULL,
     ended_at timestamptz,
     generation integer NOT NULL CHECK (generation > 0),
     refreshing boolean NOT NULL DEFAULT false,
     refresh_blocked_until timestamptz NOT NULL DEFAULT '-infinity',
     refresh_failures integer NOT NULL DEFAULT 0
   )`,

  // Only the hash of a state is kept: who reads the database cannot finish what an admin began.
  `CREATE TABLE lever_oauth_states (
     installation_id uuid NOT NULL REFERENCES installations,
     state_hash bytea NOT NULL,
     actor text NOT NULL,
     expires_at timestamptz NOT NULL,
     used_at timestamptz,
     PRIMARY KEY (installation_id, state_hash)
   )`,

  `CREATE INDEX deliveries_queued ON deliveries (installation_id, source, id) WHERE outcome = 'queued'`,
];
