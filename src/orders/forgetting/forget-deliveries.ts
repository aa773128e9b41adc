import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { HABIT } from '../../installations/measure-installations.js';
import { Clock } from '../../platform/clock.js';
import { eldestIdOf } from '../../platform/ids-of-time.js';
import { EVERY_INSTALLATION } from '../../platform/webhooks/inbox.js';

/** So many rows are looked at, and go, at once: a moment's work, after which deliveries may come in between. */
const BATCH = 500;

/** A token counts for 15 days (T3): until it cannot any more, and for as long again, it is remembered in any case. */
const SHORTEST_MS = 30 * 24 * 3_600_000;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const BEHIND_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

interface Stretch {
  installationId: string;
  before: Date;
  /** Of Lever's only those before this one go; null: none. */
  latestOfLever: string | null;
}

/**
 * Removes deliveries that were ignored and are older than the retention time, so that what a customer's Lever tells of each
 * move of each candidate does not stay for ever. Those stay that led to something, and those that the timeline of an order
 * tells of which is not erased, or is held.
 *
 * Keys are compared as a whole, so that one index fits: by the ids alone PostgreSQL reads what came to all others, too.
 */
@Injectable()
export class ForgetDeliveries {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async olderThan(installationId: string, retentionEnd: Date): Promise<void> {
    const atLeastKeptSince = this.clock.now().getTime() - SHORTEST_MS;
    const stretch = {
      installationId,
      before: new Date(Math.min(retentionEnd.getTime(), atLeastKeptSince)),
      // To the service's own route only callbacks come.
      latestOfLever: installationId === EVERY_INSTALLATION ? null : await this.latestOfLever(installationId),
    };
    let last: string | undefined = BEFORE_ALL;
    do last = await this.removeBehind(stretch, last);
    while (last !== undefined);
  }

  /** By its latest deliveries it is known whether an installation's Lever has fallen silent. */
  private async latestOfLever(installationId: string): Promise<string | null> {
    const [row] = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM deliveries
       WHERE (installation_id, id) BETWEEN ($1, $2::uuid) AND ($1, $3::uuid) AND source = 'lever'
       ORDER BY installation_id DESC, id DESC OFFSET ${HABIT.deliveries - 1} LIMIT 1`,
      [installationId, BEFORE_ALL, BEHIND_ALL],
    );
    return row?.id ?? null;
  }

  /** Answers the last one that was looked at, behind which it goes on: what stays is not looked at again and again. */
  private async removeBehind(
    { installationId, before, latestOfLever }: Stretch,
    behind: string,
  ): Promise<string | undefined> {
    const [row] = await this.dataSource.query<{ seen: number; id: string }[]>(
      `WITH seen AS (
         SELECT id, order_id, facts ->> 'opportunityId' AS opportunity_id,
           received_at < $4 AND (source = 'victig' OR triggered_at < $4 AND id < $5::uuid) AS is_due
         FROM deliveries
         WHERE (installation_id, outcome, id) > ($1, 'ignored', $2) AND (installation_id, outcome, id) < ($1, 'ignored', $3)
         ORDER BY installation_id, outcome, id LIMIT ${BATCH}
       ), removed AS (
         DELETE FROM deliveries AS delivery USING seen
         WHERE delivery.installation_id = $1 AND delivery.id = seen.id AND seen.is_due
           -- It may be replayed meanwhile.
           AND delivery.outcome = 'ignored'
           AND NOT EXISTS (SELECT FROM orders WHERE orders.id = seen.order_id AND ${IS_KEPT})
           AND NOT EXISTS (SELECT FROM orders WHERE orders.installation_id = $1
             AND orders.opportunity_id = seen.opportunity_id AND ${IS_KEPT})
       )
       SELECT count(*) OVER ()::int AS seen, id FROM seen ORDER BY id DESC LIMIT 1`,
      [installationId, behind, eldestIdOf(before), before, latestOfLever],
    );
    return row?.seen === BATCH ? row.id : undefined;
  }
}

const IS_KEPT = '(orders.erased_at IS NULL OR orders.legal_hold_reason IS NOT NULL)';
