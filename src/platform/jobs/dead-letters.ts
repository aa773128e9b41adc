import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Transaction } from '../database/transactions.js';
import { DEAD_LETTERS } from './dead-letter-queue.js';
import { PgBossJobs } from './pg-boss-jobs.js';

/** A job that was given up. */
export interface DeadLetter {
  id: string;
  /** The kind of job. */
  queue: string;
  /** Null for work that is nobody's in particular. */
  installationId: string | null;
  /** Ids only. */
  payload: Record<string, string>;
  /** How often it was tried; null where that cannot be read. */
  attempts: number | null;
  reason: string;
  /** When it was given up, ISO 8601 with microseconds. */
  at: string;
}

/** Which dead letters are meant; conditions are joined by "and". */
export interface DeadLetterFilter {
  queue?: string | undefined;
  installationId?: string | undefined;
  /** As it is listed, in full. */
  reason?: string | undefined;
}

/** Where a page begins: after this one. */
export type DeadLetterPlace = Pick<DeadLetter, 'at' | 'id'>;

interface Row {
  id: string;
  queue: string | null;
  installationId: string | null;
  data: { attempt?: unknown; payload?: unknown } | null;
  reason: string | null;
  at: string;
}

const COLUMNS = `id, source_name AS queue, group_id AS "installationId", data, source_output ->> 'reason' AS reason,
  to_char(created_on AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`;

/** What waits for a person because its tries are used up (F2). */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly dataSource: DataSource,
    private readonly jobs: PgBossJobs,
  ) {}

  /** Newest first. */
  async page(filter: DeadLetterFilter, limit: number, after?: DeadLetterPlace): Promise<DeadLetter[]> {
    const { condition, values } = conditionOf(filter);
    const rows = await this.dataSource.query<Row[]>(
      `SELECT ${COLUMNS} FROM pgboss.job
       WHERE ${condition} AND ($5::timestamptz IS NULL OR (created_on, id) < ($5::timestamptz, $6::uuid))
       ORDER BY created_on DESC, id DESC LIMIT $7`,
      [...values, after?.at ?? null, after?.id ?? null, limit],
    );
    return rows.map(letterOf);
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    const { condition, values } = conditionOf(filter);
    const [row] = await this.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM pgboss.job WHERE ${condition}`,
      values,
    );
    return row?.count ?? 0;
  }

  /** Locks one until the transaction ends; null when there is none, or another transaction has it. */
  async take(tx: Transaction, id: string): Promise<DeadLetter | null> {
    const [row] = await tx.manager.query<Row[]>(
      `SELECT ${COLUMNS} FROM pgboss.job WHERE name = $1 AND id = $2 FOR UPDATE SKIP LOCKED`,
      [DEAD_LETTERS, id],
    );
    return row ? letterOf(row) : null;
  }

  /**
   * Locks the oldest that can be read until the transaction ends, those aside that another transaction has. The others are
   * passed over: they would stand before the rest for ever.
   */
  async takeOldest(tx: Transaction, filter: DeadLetterFilter, limit: number): Promise<DeadLetter[]> {
    const { condition, values } = conditionOf(filter);
    const taken: Row[] = [];
    let last: Row | undefined;
    do {
      const rows: Row[] = await tx.manager.query(
        `SELECT ${COLUMNS} FROM pgboss.job
         WHERE ${condition} AND ($5::timestamptz IS NULL OR (created_on, id) > ($5::timestamptz, $6::uuid))
         ORDER BY created_on, id LIMIT $7 FOR UPDATE SKIP LOCKED`,
        [...values, last?.at ?? null, last?.id ?? null, limit],
      );
      taken.push(...rows.filter(({ queue, data }) => this.jobs.canRead(queue ?? '', data?.payload)));
      last = rows.length < limit ? undefined : rows.at(-1);
    } while (last !== undefined && taken.length < limit);
    return taken.slice(0, limit).map(letterOf);
  }

  /** Puts the job back with all its tries before it. Answers false, and changes nothing, if it cannot be read. */
  async retry(tx: Transaction, letter: DeadLetter): Promise<boolean> {
    // As it was sent, and not as it is shown.
    const [job] = await tx.manager.query<{ payload: unknown }[]>(
      `SELECT data -> 'payload' AS payload FROM pgboss.job WHERE name = $1 AND id = $2`,
      [DEAD_LETTERS, letter.id],
    );
    const isSent = await this.jobs.sendAgain(tx, letter.queue, job?.payload);
    if (isSent) await this.discard(tx, letter);
    return isSent;
  }

  async discard(tx: Transaction, { id }: DeadLetter): Promise<void> {
    await tx.manager.query('DELETE FROM pgboss.job WHERE name = $1 AND id = $2', [DEAD_LETTERS, id]);
  }
}

function conditionOf({ queue, installationId, reason }: DeadLetterFilter): {
  condition: string;
  values: (string | null)[];
} {
  return {
    condition: `name = $1 AND ($2::text IS NULL OR source_name = $2) AND ($3::text IS NULL OR group_id = $3)
      AND ($4::text IS NULL OR source_output ->> 'reason' = $4)`,
    values: [DEAD_LETTERS, queue ?? null, installationId ?? null, reason ?? null],
  };
}

function letterOf({ id, queue, installationId, data, reason, at }: Row): DeadLetter {
  return {
    id,
    queue: queue ?? 'unknown',
    installationId,
    payload: idsOf(data?.payload),
    attempts: typeof data?.attempt === 'number' ? data.attempt : null,
    reason: reason ?? 'unknown',
    at,
  };
}

/** Payloads hold ids only; what does not look like one is not shown to be on the safe side. */
function idsOf(payload: unknown): Record<string, string> {
  if (typeof payload !== 'object' || payload === null) return {};
  const ids = Object.entries(payload).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && /^[\w-]{1,100}$/.test(entry[1]),
  );
  return Object.fromEntries(ids);
}
