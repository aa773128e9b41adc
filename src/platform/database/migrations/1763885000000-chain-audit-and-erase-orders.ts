import { createHash } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { canonicalJson } from '../../crypto/canonical-json.js';

/** The audit trail becomes a chain for each installation, sealed by checkpoints (A2); orders can be erased (A3). */
export class ChainAuditAndEraseOrders1763885000000 implements MigrationInterface {
  readonly name = 'ChainAuditAndEraseOrders1763885000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of COLUMNS) await runner.query(statement);
    await runner.query('ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only');
    await chainWhatIsThere(runner);
    await runner.query('ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_append_only');
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of UNDO) await runner.query(statement);
  }
}

interface OldEntry {
  installation_id: string;
  id: string;
  at: string;
  actor: string;
  action: string;
  order_id: string | null;
  opportunity_id: string | null;
  data: object;
}

const PAGE = 1_000;

/** Entries written before there was a chain are chained in the order of their time. */
async function chainWhatIsThere(runner: QueryRunner): Promise<void> {
  const old = await runner.manager.query<{ installation_id: string }[]>(
    'SELECT DISTINCT installation_id FROM audit_entries',
  );
  for (const { installation_id } of old) {
    let hash = Buffer.alloc(32);
    let last: OldEntry | undefined;
    let seq = 0n;
    for (;;) {
      const page: OldEntry[] = await runner.manager.query<OldEntry[]>(
        `SELECT installation_id, id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
                actor, action, order_id, opportunity_id, data
         FROM audit_entries
         WHERE installation_id = $1 AND ($2::timestamptz IS NULL OR (at, id) > ($2::timestamptz, $3::uuid))
         ORDER BY audit_entries.at, id LIMIT ${PAGE}`,
        [installation_id, last?.at ?? null, last?.id ?? null],
      );
      for (const entry of page) {
        seq += 1n;
        hash = linkOf(hash, seq, entry);
        await runner.query(
          'UPDATE audit_entries SET seq = $3, previous_id = $4, hash = $5 WHERE installation_id = $1 AND id = $2',
          [installation_id, entry.id, seq, last?.id ?? null, hash],
        );
        last = entry;
      }
      if (page.length < PAGE) break;
    }
    await runner.query('INSERT INTO audit_heads VALUES ($1, $2, $3, $4)', [
      installation_id,
      seq,
      last?.id,
      hash,
    ]);
  }
}

/** As src/audit/audit-hash.ts did when this was written. */
function linkOf(previousHash: Buffer, seq: bigint, old: OldEntry): Buffer<ArrayBuffer> {
  const { id, at, actor, action, data } = old;
  const entry = canonicalJson({
    installationId: old.installation_id,
    id,
    at,
    actor,
    action,
    orderId: old.order_id,
    opportunityId: old.opportunity_id,
    data,
  });
  const position = Buffer.alloc(8);
  position.writeBigUInt64BE(seq);
  const digest = createHash('sha256').update(entry, 'utf8').digest();
  return createHash('sha256').update(previousHash).update(position).update(digest).digest();
}

const COLUMNS = [
  `ALTER TABLE audit_entries ADD seq bigint, ADD previous_id uuid, ADD hash bytea`,
  // The last entry of each chain; who appends holds its row until the commit, and nobody else ever changes it.
  `CREATE TABLE audit_heads (
     installation_id uuid PRIMARY KEY,
     seq bigint NOT NULL,
     id uuid,
     hash bytea NOT NULL
   )`,
];

const STATEMENTS = [
  `ALTER TABLE audit_entries ALTER seq SET NOT NULL, ALTER hash SET NOT NULL`,
  `CREATE UNIQUE INDEX audit_entries_chain ON audit_entries (installation_id, seq)`,
  // For the two questions that name no installation.
  `CREATE INDEX audit_entries_by_id ON audit_entries (id)`,
  `CREATE INDEX audit_entries_by_order ON audit_entries (order_id, id) WHERE order_id IS NOT NULL`,

  // One statement of the caller, its last: the chain is locked for the commit alone. Every entry comes with the
  // SHA-256 of its canonical JSON; only its place in the chain is added here.
  `CREATE FUNCTION append_audit_entries(entries jsonb) RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     entry record;
     head audit_heads;
     link bytea;
   BEGIN
     FOR entry IN
       SELECT (value->>'installationId')::uuid AS installation_id, (value->>'id')::uuid AS id,
              (value->>'at')::timestamptz AS at, value->>'actor' AS actor, value->>'action' AS action,
              (value->>'orderId')::uuid AS order_id, value->>'opportunityId' AS opportunity_id,
              value->'data' AS data, decode(value->>'digest', 'hex') AS digest
       FROM jsonb_array_elements(entries) WITH ORDINALITY AS element (value, position) ORDER BY position
     LOOP
       SELECT * INTO head FROM audit_heads WHERE installation_id = entry.installation_id FOR UPDATE;
       IF NOT FOUND THEN
         INSERT INTO audit_heads VALUES (entry.installation_id, 0, NULL, decode(repeat('00', 32), 'hex'))
           ON CONFLICT DO NOTHING;
         SELECT * INTO head FROM audit_heads WHERE installation_id = entry.installation_id FOR UPDATE;
       END IF;
       CONTINUE WHEN EXISTS (
         SELECT 1 FROM audit_entries WHERE installation_id = entry.installation_id AND id = entry.id);
       link := sha256(head.hash || int8send(head.seq + 1) || entry.digest);
       INSERT INTO audit_entries
         (installation_id, id, at, actor, action, order_id, opportunity_id, data, seq, previous_id, hash)
         VALUES (entry.installation_id, entry.id, entry.at, entry.actor, entry.action, entry.order_id,
                 entry.opportunity_id, entry.data, head.seq + 1, head.id, link);
       UPDATE audit_heads SET seq = head.seq + 1, id = entry.id, hash = link
         WHERE installation_id = entry.installation_id;
     END LOOP;
   END $$`,

  // A checkpoint names the heads of all chains that grew since the one before, and is chained to it.
  `CREATE TABLE audit_checkpoints (
     number bigint PRIMARY KEY,
     at timestamptz NOT NULL,
     hash bytea NOT NULL,
     key_id text NOT NULL,
     seal bytea NOT NULL
   )`,
  `CREATE TABLE audit_checkpoint_heads (
     installation_id uuid NOT NULL,
     seq bigint NOT NULL,
     hash bytea NOT NULL,
     checkpoint bigint NOT NULL,
     PRIMARY KEY (installation_id, seq)
   )`,
  `CREATE INDEX audit_checkpoint_heads_by_checkpoint ON audit_checkpoint_heads (checkpoint, installation_id)`,
  `CREATE TRIGGER audit_heads_stay BEFORE DELETE OR TRUNCATE ON audit_heads
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `CREATE TRIGGER audit_checkpoint_heads_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint_heads
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,

  // When an order ended, was erased, and whether a legal hold keeps it from being (A3).
  `ALTER TABLE orders ADD ended_at timestamptz, ADD erased_at timestamptz,
     ADD legal_hold_reason text, ADD legal_hold_since timestamptz`,
  `UPDATE orders SET ended_at = updated_at WHERE status IN ('complete', 'rejected', 'canceled')`,
  `CREATE INDEX orders_to_erase ON orders (ended_at)
     WHERE ended_at IS NOT NULL AND erased_at IS NULL AND legal_hold_reason IS NULL`,

  // Deliveries are listed and read without naming the installation.
  `CREATE INDEX deliveries_by_id ON deliveries (id)`,
];

const UNDO = [
  'DROP INDEX deliveries_by_id',
  'DROP INDEX orders_to_erase',
  `ALTER TABLE orders DROP ended_at, DROP erased_at, DROP legal_hold_reason, DROP legal_hold_since`,
  'DROP TABLE audit_checkpoint_heads, audit_checkpoints',
  'DROP FUNCTION append_audit_entries',
  'DROP TABLE audit_heads',
  `DROP INDEX audit_entries_by_id, audit_entries_by_order, audit_entries_chain`,
  `ALTER TABLE audit_entries DROP seq, DROP previous_id, DROP hash`,
];
