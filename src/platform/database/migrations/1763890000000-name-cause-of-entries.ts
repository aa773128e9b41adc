import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An audit entry names the request or job that caused it, and the settings that were followed (A1). */
export class NameCauseOfEntries1763890000000 implements MigrationInterface {
  readonly name = 'NameCauseOfEntries1763890000000';

  async up(runner: QueryRunner): Promise<void> {
    // Entries that are there have neither, and are hashed without.
    await runner.query('ALTER TABLE audit_entries ADD cause text, ADD settings_version integer');
    await runner.query(appendEntries(NEW));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(appendEntries(OLD));
    await runner.query('ALTER TABLE audit_entries DROP cause, DROP settings_version');
  }
}

const OLD = { read: '', columns: '', values: '' };
const NEW = {
  read: `, value->>'cause' AS cause, (value->>'settingsVersion')::integer AS settings_version`,
  columns: ', cause, settings_version',
  values: ', entry.cause, entry.settings_version',
};

/** Chained as before; whoever appends holds the chain's row from the first entry of it until the commit. */
const appendEntries = (added: typeof OLD): string =>
  `CREATE OR REPLACE FUNCTION append_audit_entries(entries jsonb) RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     entry record;
     head audit_heads;
     link bytea;
   BEGIN
     FOR entry IN
       SELECT (value->>'installationId')::uuid AS installation_id, (value->>'id')::uuid AS id,
              (value->>'at')::timestamptz AS at, value->>'actor' AS actor, value->>'action' AS action,
              (value->>'orderId')::uuid AS order_id, value->>'opportunityId' AS opportunity_id,
              value->'data' AS data, decode(value->>'digest', 'hex') AS digest${added.read}
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
         (installation_id, id, at, actor, action, order_id, opportunity_id, data, seq, previous_id, hash${added.columns})
         VALUES (entry.installation_id, entry.id, entry.at, entry.actor, entry.action, entry.order_id,
                 entry.opportunity_id, entry.data, head.seq + 1, head.id, link${added.values});
       UPDATE audit_heads SET seq = head.seq + 1, id = entry.id, hash = link
         WHERE installation_id = entry.installation_id;
     END LOOP;
   END $$`;
