import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SERVICE_CHAIN } from '../audit/audit-entry.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Clock } from '../platform/clock.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { Ids } from '../platform/ids.js';
import { differences, type Home, type PartOfHome } from '../platform/pause/home.js';
import { SharedClock } from '../platform/shared-clock.js';

export type PauseCause = 'restored' | 'command';

/** A time in which nothing was, or is, sent. */
export interface Pause {
  cause: PauseCause;
  /** In what the database's home was another before. */
  differs: PartOfHome[];
  noticedAt: Date;
  /** What happened after it is not known here: about when the backup was made. */
  knownUntil: Date;
  resumedAt: Date | null;
  resumedBy: string | null;
}

const COLUMNS = `cause, differs, noticed_at AS "noticedAt", known_until AS "knownUntil", resumed_at AS "resumedAt",
  resumed_by AS "resumedBy"`;

/** How often it is written down that the database lives where it does: a backup is known to that accuracy. */
const SEEN_EVERY = '30 seconds';

/** Writes down when the service stops sending and when it goes on; each on record. Why: docs/adr/0026. */
@Injectable()
export class Pauses {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly sharedClock: SharedClock,
  ) {}

  /** The one that lasts, else the last one; null when there was none. */
  async latest(): Promise<Pause | null> {
    const [pause] = await this.dataSource.query<Pause[]>(
      `SELECT ${COLUMNS} FROM service_pauses ORDER BY (resumed_at IS NULL) DESC, noticed_at DESC, id DESC LIMIT 1`,
    );
    return pause ?? null;
  }

  /** @param only the one installation that may be known of; null for all */
  async waiting(only: string | null): Promise<{ deliveries: number; orders: number }> {
    const [waiting] = await this.dataSource.query<[{ deliveries: number; orders: number }]>(
      `SELECT
         (SELECT count(*)::int FROM deliveries WHERE outcome = 'queued' AND ($1::uuid IS NULL OR installation_id = $1))
           AS deliveries,
         (SELECT count(*)::int FROM orders WHERE status IN ('received', 'held', 'submitting', 'error')
            AND provider_order_guid IS NULL AND ($1::uuid IS NULL OR installation_id = $1)) AS orders`,
      [only],
    );
    return waiting;
  }

  /** Compares where the database lives with where it lived; begins a pause where that is elsewhere. */
  async compare(home: Home): Promise<void> {
    const now = this.sharedClock.sql();
    // A time that is yet to come is none at which it was seen: the clock that wrote it was ahead.
    const [seen] = await this.dataSource.query<{ home: Partial<Home>; isDue: boolean }[]>(
      `SELECT home, seen_at NOT BETWEEN ${now} - interval '${SEEN_EVERY}' AND ${now} AS "isDue" FROM service_home`,
    );
    if (!seen) return this.moveIn(home);
    if (differences(seen.home, home).length > 0) return this.notice(home);
    if (seen.isDue) {
      await this.dataSource.query(`UPDATE service_home SET home = home || $1, seen_at = ${now}`, [
        JSON.stringify(knownOf(home)),
      ]);
    }
  }

  /** Begins a pause for one who knows that this is a copy, or wants everything to stop. */
  async pause(actor: string): Promise<void> {
    const now = await this.sharedClock.now();
    await this.transactions.run(async (tx) => {
      await this.moveInto(tx, {}, await lastEntryBefore(tx, now));
      const { seenAt } = await this.hold(tx);
      await this.begin(tx, actor, {
        cause: 'command',
        differs: [],
        noticedAt: this.clock.now(),
        knownUntil: await knownUntil(tx, seenAt, now),
      });
    });
  }

  /** Goes on sending; does nothing where nothing is paused. */
  async resume(actor: string, reason: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const [resumed] = await tx.manager.query<[{ knownUntil: Date }[], number]>(
        // What was opened until then is looked for before it is ordered; by a clock that is behind, some of it would not be.
        `UPDATE service_pauses SET resumed_at = greatest($1, ${this.sharedClock.sql()}), resumed_by = $2
         WHERE resumed_at IS NULL RETURNING known_until AS "knownUntil"`,
        [this.clock.now(), actor],
      );
      for (const { knownUntil } of resumed) {
        await this.audit.record(tx, {
          action: 'service.resumed',
          data: { reason, knownUntil: knownUntil.toISOString() },
          actor,
          installationId: SERVICE_CHAIN,
        });
      }
    });
  }

  private async moveIn(home: Home): Promise<void> {
    const now = await this.sharedClock.now();
    await this.transactions.run((tx) => this.moveInto(tx, home, now));
  }

  private async moveInto(tx: Transaction, home: Partial<Home>, now: Date): Promise<void> {
    await tx.manager.query(
      'INSERT INTO service_home (home, seen_at) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [JSON.stringify(home), now],
    );
  }

  /** Another replica may have noticed it this moment. */
  private async notice(home: Home): Promise<void> {
    const now = await this.sharedClock.now();
    await this.transactions.run(async (tx) => {
      const seen = await this.hold(tx);
      const differs = differences(seen.home, home);
      if (differs.length === 0) return;
      await tx.manager.query('UPDATE service_home SET home = $1, seen_at = $2', [JSON.stringify(home), now]);
      await this.begin(tx, 'service', {
        cause: 'restored',
        differs,
        noticedAt: this.clock.now(),
        knownUntil: await knownUntil(tx, seen.seenAt, now),
      });
    });
  }

  private async hold(tx: Transaction): Promise<{ home: Partial<Home>; seenAt: Date }> {
    const [seen] = await tx.manager.query<{ home: Partial<Home>; seenAt: Date }[]>(
      'SELECT home, seen_at AS "seenAt" FROM service_home FOR UPDATE',
    );
    if (!seen) throw new Error('the home of the database is not written down');
    return seen;
  }

  /** One that lasts already goes on. */
  private async begin(
    tx: Transaction,
    actor: string,
    { cause, differs, noticedAt, knownUntil }: Omit<Pause, 'resumedAt' | 'resumedBy'>,
  ): Promise<void> {
    const begun = await tx.manager.query<unknown[]>(
      `INSERT INTO service_pauses (id, cause, differs, noticed_at, known_until) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [this.ids.next(), cause, differs, noticedAt, knownUntil],
    );
    if (begun.length === 0) return;
    await this.audit.record(tx, {
      action: 'service.paused',
      data: { cause, differs, knownUntil: knownUntil.toISOString() },
      actor,
      installationId: SERVICE_CHAIN,
    });
  }
}

/** When it was seen last. A time that is yet to come was written by a clock that was ahead: the last entry has to do. */
const knownUntil = async (tx: Transaction, seenAt: Date, now: Date): Promise<Date> =>
  seenAt <= now ? seenAt : lastEntryBefore(tx, now);

/**
 * When the last audit entry of any chain was made: a database that has no home written down, as a backup by a release that
 * knew of none, may be of any age, and says so by nothing better. Without entries it is new. Entries may be by a clock that
 * was ahead, too.
 */
async function lastEntryBefore(tx: Transaction, now: Date): Promise<Date> {
  const [last] = await tx.manager.query<[{ at: Date }]>(
    `SELECT coalesce(max(entry.at) FILTER (WHERE entry.at <= $1), $1) AS at FROM audit_heads AS head
     JOIN audit_entries AS entry ON entry.installation_id = head.installation_id AND entry.id = head.id`,
    [now],
  );
  return last.at;
}

const knownOf = (home: Home): Partial<Home> =>
  Object.fromEntries(Object.entries(home).filter(([, value]) => value !== null));
