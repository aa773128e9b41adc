import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Transaction } from '../platform/database/transactions.js';
import { Delivery } from '../platform/webhooks/delivery.entity.js';
import { EVERY_INSTALLATION, type DeliveryRef } from '../platform/webhooks/inbox.js';
import type { Order } from './domain/order.js';

/** Why a delivery still waits: the callback may have overtaken the answer to the submission it is about. */
const AWAITING_ORDER = 'order_not_known_yet';

/** Callbacks about orders that are not known yet; they wait until the order's id arrives (V2). */
@Injectable()
export class KeptCallbacks {
  constructor(private readonly dataSource: DataSource) {}

  async keep(tx: Transaction, { installationId, deliveryId: id }: DeliveryRef): Promise<void> {
    await tx.manager.update(Delivery, { installationId, id, outcome: 'queued' }, { reason: AWAITING_ORDER });
  }

  /** Those that waited for this order are acted on by what the caller does next: it reads the order. */
  async settle({ installationId, id, providerOrderGuid }: Order): Promise<void> {
    await this.dataSource.query(
      `UPDATE deliveries SET outcome = 'acted_on', reason = NULL, order_id = $1
       WHERE installation_id = ANY($2)
         AND (facts ->> 'orderGuid' = $3 OR lower(facts ->> 'externalIdentifier') = $5)
         AND source = 'victig' AND outcome = 'queued' AND reason = $4`,
      [id, [installationId, EVERY_INSTALLATION], providerOrderGuid, AWAITING_ORDER, id],
    );
  }
}
