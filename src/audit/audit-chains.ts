import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { parseExactJson } from '../platform/crypto/canonical-json.js';
import type { HashedEntry } from './audit-hash.js';
import type { ChainHead } from './checkpoint-hash.js';
import { SERVICE_CHAIN } from './audit-entry.js';

/** A connection, or a transaction: whatever statements can be run on. */
export type Queries = Pick<DataSource, 'query'>;

/** An entry in its place. */
export interface ChainedEntry extends Omit<HashedEntry, 'data'> {
  seq: bigint;
  /** The id of the entry before; it names that one when it is gone. */
  previousId: string | null;
  hash: Buffer;
  /** As the database writes it. */
  dataText: string;
}

export interface EntryRow {
  installation_id: string;
  id: string;
  at: string;
  actor: string;
  action: string;
  cause: string | null;
  order_id: string | null;
  opportunity_id: string | null;
  settings_version: number | null;
  data: string;
  seq: string;
  previous_id: string | null;
  hash: Buffer;
}

/** Columns of `EntryRow`; time and data as text, for JavaScript's own values would hide small changes. */
export const ENTRY_COLUMNS = `e.installation_id, e.id, e.actor, e.action, e.cause, e.order_id, e.opportunity_id,
  e.settings_version, e.seq, e.previous_id, e.hash, e.data::text AS data,
  to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`;

/** An entry, and what a checkpoint holds for its place, if one was made there. */
export interface SealedPlace {
  entry: ChainedEntry;
  sealed: { hash: Buffer; checkpoint: bigint } | null;
}

/**
 * Entries that are read at once: so few that several readers together need little memory, however long their entries are.
 * With half as many an export takes half as long again, with twice as many hardly less.
 */
export const ENTRIES_AT_ONCE = 100;
const SMALLEST = -(2n ** 63n);

/** Reads chains from end to end, a page at a time, however long they are. */
@Injectable()
export class AuditChains {
  constructor(@Inject(DataSource) private readonly database: Queries) {}

  /** Every installation with anything in the trail, the service's own chain first. */
  async *all(): AsyncGenerator<string> {
    let chain: string | undefined = SERVICE_CHAIN;
    while (chain !== undefined) {
      yield chain;
      const next: { id: string }[] = await this.database.query<{ id: string }[]>(
        ['audit_entries', 'audit_heads', 'audit_checkpoint_heads']
          .map(
            (table) => `(SELECT installation_id AS id FROM ${table}
              WHERE installation_id > $1 ORDER BY installation_id LIMIT 1)`,
          )
          .join(' UNION ALL ') + ' ORDER BY id LIMIT 1',
        [chain],
      );
      chain = next[0]?.id;
    }
  }

  /** Whether anything was ever recorded of it. A chain never goes. */
  async has(installationId: string): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      'SELECT 1 FROM audit_heads WHERE installation_id = $1',
      [installationId],
    );
    return rows.length > 0;
  }

  /**
   * In the order of the chain, and of ids where a place is taken twice.
   * @param after the place to go on behind
   */
  async *places(installationId: string, after = 0n): AsyncGenerator<SealedPlace> {
    // Places begin at 1; whatever stands before was put there by someone else.
    let from = { seq: after === 0n ? SMALLEST : after, id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };
    for (;;) {
      const rows: SealedRow[] = await this.database.query<SealedRow[]>(
        `SELECT ${ENTRY_COLUMNS}, sealed.hash AS sealed_hash, sealed.checkpoint
         FROM audit_entries AS e
         LEFT JOIN audit_checkpoint_heads AS sealed
           ON sealed.installation_id = e.installation_id AND sealed.seq = e.seq AND sealed.seq >= $2::bigint
         WHERE e.installation_id = $1 AND (e.seq, e.id) > ($2::bigint, $3::uuid)
         ORDER BY e.seq, e.id LIMIT ${ENTRIES_AT_ONCE}`,
        [installationId, from.seq, from.id],
      );
      for (const row of rows) yield placeOf(row);
      const last = rows.at(-1);
      if (!last || rows.length < ENTRIES_AT_ONCE) return;
      from = { seq: BigInt(last.seq), id: last.id };
    }
  }

  /**
   * The end of a chain by the word of its head, of its last entry and of the checkpoints before `untrusted`, all at
   * one moment.
   */
  async end(
    installationId: string,
    untrusted: bigint | null,
  ): Promise<{ head: (ChainHead & { id: string | null }) | null; lastSeq: bigint; sealedSeq: bigint }> {
    const [row] = await this.database.query<
      { seq: string | null; id: string | null; hash: Buffer | null; last: string; sealed: string }[]
    >(
      `SELECT head.seq, head.id, head.hash,
         (SELECT COALESCE(max(seq), 0) FROM audit_entries WHERE installation_id = $1) AS last,
         (SELECT COALESCE(max(seq), 0) FROM audit_checkpoint_heads
          WHERE installation_id = $1 AND ($2::bigint IS NULL OR checkpoint < $2)) AS sealed
       FROM (SELECT 1) AS one LEFT JOIN audit_heads AS head ON head.installation_id = $1`,
      [installationId, untrusted],
    );
    const hash = row?.hash ?? null;
    return {
      head: hash && row ? { installationId, seq: BigInt(row.seq ?? 0), id: row.id, hash } : null,
      lastSeq: BigInt(row?.last ?? 0),
      sealedSeq: BigInt(row?.sealed ?? 0),
    };
  }
}

type SealedRow = EntryRow & { sealed_hash: Buffer | null; checkpoint: string | null };

function placeOf(row: SealedRow): SealedPlace {
  const { sealed_hash: hash, checkpoint } = row;
  const sealed = hash && checkpoint !== null ? { hash, checkpoint: BigInt(checkpoint) } : null;
  return { entry: chainedEntryOf(row), sealed };
}

export const chainedEntryOf = (row: EntryRow): ChainedEntry => ({
  installationId: row.installation_id,
  id: row.id,
  at: row.at,
  actor: row.actor,
  action: row.action,
  cause: row.cause,
  orderId: row.order_id,
  opportunityId: row.opportunity_id,
  settingsVersion: row.settings_version,
  dataText: row.data,
  seq: BigInt(row.seq),
  previousId: row.previous_id,
  hash: row.hash,
});

/** @throws NotCanonical for data that this service never wrote */
export const dataOf = ({ dataText }: ChainedEntry): unknown => parseExactJson(dataText);
