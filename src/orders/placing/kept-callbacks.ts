import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { GroupCommit } from '../../platform/database/group-commit.js';
import type { Transaction } from '../../platform/database/transactions.js';
import { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { EVERY_INSTALLATION, type DeliveryRef } from '../../platform/webhooks/inbox.js';
import type { Order } from '../domain/order.js';

/** Why a delivery still waits: the callback may have overtaken the answer to the submission it is about. */
const AWAITING_ORDER = 'order_not_known_yet';

const SETTLED_TOGETHER = { maxItems: 50, maxAtOnce: 2, gatherMs: 5 };

/**
 * Two questions and not one with an OR, each by an index: whoever shares the service's route may leave tens of thousands
 * that wait in vain.
 */
const FIND = `
  WITH known AS MATERIALIZED (
    SELECT id, guid, door
    FROM jsonb_to_recordset($1::jsonb) AS asked (id uuid, installation uuid, guid text),
         unnest(ARRAY[installation, $2::uuid]) AS door)
  SELECT kept.installation_id, kept.id, known.id AS order_id
  FROM known CROSS JOIN LATERAL (
    SELECT installation_id, id FROM deliveries
    WHERE installation_id = door AND facts ->> 'orderGuid' IN (guid, lower(guid), upper(guid))
      AND source = 'victig' AND outcome = 'queued' AND reason = $3 OFFSET 0) AS kept
  UNION
  SELECT kept.installation_id, kept.id, known.id
  FROM known CROSS JOIN LATERAL (
    SELECT installation_id, id FROM deliveries
    WHERE installation_id = door AND lower(facts ->> 'externalIdentifier') = known.id::text
      AND facts ->> 'externalIdentifier' IS NOT NULL
      AND COALESCE(lower(facts ->> 'orderGuid') = lower(guid), true)
      AND source = 'victig' AND outcome = 'queued' AND reason = $3 OFFSET 0) AS kept`;

const SETTLE = `
  UPDATE deliveries SET outcome = 'acted_on', reason = NULL, order_id = found.order_id
  FROM jsonb_to_recordset($1::jsonb) AS found (installation_id uuid, id uuid, order_id uuid)
  WHERE deliveries.installation_id = found.installation_id AND deliveries.id = found.id
    AND outcome = 'queued' AND reason = $2`;

/** Callbacks about orders that are not known yet; they wait until the order's id arrives (V2). */
@Injectable()
export class KeptCallbacks {
  private readonly settling: GroupCommit<Order>;

  constructor(private readonly dataSource: DataSource) {
    this.settling = new GroupCommit(
      async (orders) => {
        const known = orders.map(({ id, installationId, providerOrderGuid }) => ({
          id,
          installation: installationId,
          guid: providerOrderGuid,
        }));
        const found = await dataSource.query<unknown[]>(FIND, [
          JSON.stringify(known),
          EVERY_INSTALLATION,
          AWAITING_ORDER,
        ]);
        if (found.length > 0) await dataSource.query(SETTLE, [JSON.stringify(found), AWAITING_ORDER]);
      },
      () => false,
      SETTLED_TOGETHER,
    );
  }

  async keep(tx: Transaction, { installationId, deliveryId: id }: DeliveryRef): Promise<void> {
    await tx.manager.update(Delivery, { installationId, id, outcome: 'queued' }, { reason: AWAITING_ORDER });
  }

  /** The provider's ids of orders that callbacks which wait say to be this one: hints, as all that callbacks say (V2). */
  async announced({ installationId, id }: Pick<Order, 'installationId' | 'id'>): Promise<string[]> {
    const rows = await this.dataSource.query<{ guid: string }[]>(
      `SELECT DISTINCT facts ->> 'orderGuid' AS guid FROM deliveries
       WHERE installation_id IN ($1, $2) AND lower(facts ->> 'externalIdentifier') = $3
         AND facts ->> 'externalIdentifier' IS NOT NULL AND facts ->> 'orderGuid' IS NOT NULL
         AND source = 'victig' AND outcome = 'queued' AND reason = $4`,
      [installationId, EVERY_INSTALLATION, id, AWAITING_ORDER],
    );
    return rows.map(({ guid }) => guid);
  }

  /**
   * Those that waited for this order are acted on by what the caller does next: it reads the order. One that tells another
   * of the provider's ids waits on, for `take-callback` to tell of a duplicate.
   */
  settle(order: Order): Promise<void> {
    return this.settling.add(order);
  }
}
