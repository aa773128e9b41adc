import { Injectable } from '@nestjs/common';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';

/** So many rows go at once: a moment's work, after which other work may come in between. */
const BATCH = 1_000;

interface Place {
  /** As the database writes it: a Date would lose microseconds. */
  at: string;
  id: string;
}

interface Batch {
  removed: number;
  /** Where to go on behind; undefined when it was the last. */
  last: Place | undefined;
}

const BEFORE_ALL: Place = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/**
 * Removes the records of calls to vendors that are older than the retention time, also those of an order that is still
 * open: one that is retried for months would write them for as long. What a legal hold is on keeps its whole story.
 */
@Injectable()
export class ForgetCalls {
  constructor(private readonly transactions: Transactions) {}

  /** @returns how many were removed */
  async olderThan(installationId: string, before: Date): Promise<number> {
    let removed = 0;
    for (let behind: Place | undefined = BEFORE_ALL; behind !== undefined;) {
      const from: Place = behind;
      const batch: Batch = await this.transactions.run((tx) =>
        this.removeBehind(tx, installationId, before, from),
      );
      removed += batch.removed;
      behind = batch.last;
    }
    return removed;
  }

  /** Goes on behind the last one that was looked at, so that what is held is not looked at again and again. */
  private async removeBehind(
    tx: Transaction,
    installationId: string,
    before: Date,
    last: Place,
  ): Promise<Batch> {
    // The database lets nobody else remove one.
    await tx.manager.query(`SELECT set_config('lever_victig.retention', 'vendor_calls', true)`);
    const [row] = await tx.manager.query<({ removed: number; seen: number } & Place)[]>(
      `WITH seen AS (
         SELECT at, id, order_id FROM vendor_calls
         WHERE installation_id = $1 AND at < $2 AND (at, id) > ($3::timestamptz, $4::uuid)
         ORDER BY at, id LIMIT ${BATCH}
       ), removed AS (
         DELETE FROM vendor_calls AS call USING seen
         WHERE call.installation_id = $1 AND call.order_id = seen.order_id AND call.id = seen.id
           AND NOT EXISTS (SELECT FROM orders WHERE orders.installation_id = $1 AND orders.id = seen.order_id
             AND orders.legal_hold_reason IS NOT NULL)
         RETURNING 1
       )
       SELECT (SELECT count(*)::int FROM removed) AS removed, (SELECT count(*)::int FROM seen) AS seen,
         seen.at::text AS at, id
       FROM seen ORDER BY seen.at DESC, id DESC LIMIT 1`,
      [installationId, before, last.at, last.id],
    );
    if (!row) return { removed: 0, last: undefined };
    return { removed: row.removed, last: row.seen < BATCH ? undefined : { at: row.at, id: row.id } };
  }
}
