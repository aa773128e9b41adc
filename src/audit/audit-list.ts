import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { eldestIdOf, youngestIdOf } from '../platform/ids-of-time.js';
import {
  chainedEntryOf,
  ENTRIES_AT_ONCE,
  ENTRY_COLUMNS,
  type ChainedEntry,
  type EntryRow,
} from './audit-chains.js';
import type { AuditExportQuery } from './audit.dto.js';

const MOST_OF_ORDER = 200;

/** Finds entries of the trail. */
@Injectable()
export class AuditList {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Newest first, one more than wanted when there are more.
   * @param only the one installation that may be known of; null for all
   */
  async page(
    query: AuditExportQuery & { limit: number; cursor?: string },
    only: string | null,
  ): Promise<ChainedEntry[]> {
    const sought = conditionsOf(query, only);
    if (query.cursor !== undefined) sought.add('e.id <', query.cursor, 'uuid');
    return this.read(sought, 'e.id DESC', query.limit + 1);
  }

  /** The latest entries of some kinds about one order, oldest first. */
  async ofOrder(orderId: string, actions: readonly string[]): Promise<ChainedEntry[]> {
    const sought = new Conditions();
    sought.add('e.order_id =', orderId, 'uuid');
    sought.add('e.action = ANY', [...actions], 'text[]');
    const latest = await this.read(sought, 'e.id DESC', MOST_OF_ORDER);
    return latest.toReversed();
  }

  /** The latest entry of an installation after a time with this action and this among its data; null: there is none. */
  async lastSince(
    time: Date,
    { installationId, action, data }: { installationId: string; action: string; data: object },
  ): Promise<ChainedEntry | null> {
    const sought = conditionsOf({ installationId, action, from: time.toISOString() }, null);
    sought.add('e.data @>', JSON.stringify(data), 'jsonb');
    const [last] = await this.read(sought, 'e.id DESC', 1);
    return last ?? null;
  }

  /** All that meet the conditions, chain after chain and each in its order; read a page at a time. */
  async *stream(query: AuditExportQuery, only: string | null): AsyncGenerator<ChainedEntry> {
    let last: ChainedEntry | undefined;
    do {
      const sought = conditionsOf(query, only);
      if (last) sought.behind(last);
      const page: ChainedEntry[] = await this.read(sought, 'e.installation_id, e.seq', ENTRIES_AT_ONCE);
      yield* page;
      last = page.length < ENTRIES_AT_ONCE ? undefined : page.at(-1);
    } while (last);
  }

  private async read(sought: Conditions, order: string, limit: number): Promise<ChainedEntry[]> {
    const rows = await this.dataSource.query<EntryRow[]>(
      `SELECT ${ENTRY_COLUMNS} FROM audit_entries AS e WHERE ${sought.text} ORDER BY ${order} LIMIT ${limit}`,
      sought.values,
    );
    return rows.map(chainedEntryOf);
  }
}

/** Conditions of a query, joined by "and", with their values apart. */
class Conditions {
  readonly values: unknown[] = [];
  private readonly parts = ['TRUE'];

  add(comparison: string, value: unknown, type: 'uuid' | 'text' | 'text[]' | 'jsonb' | 'timestamptz'): void {
    this.values.push(value);
    this.parts.push(`${comparison} ($${this.values.length}::${type})`);
  }

  behind({ installationId, seq }: ChainedEntry): void {
    this.values.push(installationId, seq);
    const [id, place] = [this.values.length - 1, this.values.length];
    this.parts.push(`(e.installation_id, e.seq) > ($${id}::uuid, $${place}::bigint)`);
  }

  get text(): string {
    return this.parts.join(' AND ');
  }
}

function conditionsOf(query: AuditExportQuery, only: string | null): Conditions {
  const { installationId, orderId, actor, action, from, to } = query;
  const sought = new Conditions();
  if (only !== null) sought.add('e.installation_id =', only, 'uuid');
  if (installationId !== undefined) sought.add('e.installation_id =', installationId, 'uuid');
  if (orderId !== undefined) sought.add('e.order_id =', orderId, 'uuid');
  if (actor !== undefined) sought.add('e.actor =', actor, 'text');
  if (action !== undefined) sought.add('e.action =', action, 'text');
  if (from !== undefined) {
    sought.add('e.at >=', new Date(from), 'timestamptz');
    sought.add('e.id >=', eldestIdOf(new Date(from)), 'uuid');
  }
  if (to !== undefined) {
    sought.add('e.at <', new Date(to), 'timestamptz');
    sought.add('e.id <=', youngestIdOf(new Date(to)), 'uuid');
  }
  return sought;
}
