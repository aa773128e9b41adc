import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { GroupCommit } from '../platform/database/group-commit.js';
import type { Transaction } from '../platform/database/transactions.js';
import { Delivery } from '../platform/webhooks/delivery.entity.js';
import { EVERY_INSTALLATION, type DeliveryRef } from '../platform/webhooks/inbox.js';
import type { Order } from './domain/order.js';

/** Why a delivery still waits: the callback may have overtaken the answer to the submission it is about. */
const AWAITING_ORDER = 'order_not_known_yet';

const SETTLED_TOGETHER = { maxItems: 50, maxAtOnce: 2, gatherMs: 5 };

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
        await dataSource.query(
          `UPDATE deliveries SET outcome = 'acted_on', reason = NULL, order_id = known.id
           FROM jsonb_to_recordset($1::jsonb) AS known (id uuid, installation uuid, guid text)
           WHERE installation_id IN (known.installation, $2)
             AND (facts ->> 'orderGuid' = known.guid OR lower(facts ->> 'externalIdentifier') = known.id::text)
             AND COALESCE(lower(facts ->> 'orderGuid') = lower(known.guid), true)
             AND source = 'victig' AND outcome = 'queued' AND reason = $3`,
          [JSON.stringify(known), EVERY_INSTALLATION, AWAITING_ORDER],
        );
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
         AND facts ->> 'orderGuid' IS NOT NULL
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
