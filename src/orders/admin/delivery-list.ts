import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { mayKnow, type Principal } from '../../platform/access/principal.js';
import { eldestIdOf, youngestIdOf } from '../../platform/ids-of-time.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { EVERY_INSTALLATION } from '../../platform/webhooks/inbox.js';
import { Delivery } from '../../platform/webhooks/delivery.entity.js';
import type { DeliveryDto, DeliveryQuery } from './delivery.dto.js';

export type DeliveryConditions = Omit<DeliveryQuery, 'limit' | 'cursor'> & { ids?: readonly string[] };

/** Finds received webhooks and callbacks. */
@Injectable()
export class DeliveryList {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Newest first.
   * @param before the id of the last one that was shown
   */
  async find(
    principal: Principal,
    conditions: DeliveryConditions,
    limit: number,
    before?: string,
  ): Promise<Delivery[]> {
    const { installationId, source, outcome, reason, orderId, from, to, ids } = conditions;
    const rows = this.dataSource.manager
      .createQueryBuilder(Delivery, 'delivery')
      .orderBy('delivery.id', 'DESC')
      .limit(limit);
    const only = principal.installationId;
    if (only !== null) rows.andWhere('delivery.installationId = :only', { only });
    if (installationId) rows.andWhere('delivery.installationId = :installationId', { installationId });
    if (source) rows.andWhere('delivery.source = :source', { source });
    if (outcome) rows.andWhere('delivery.outcome = :outcome', { outcome });
    if (reason) rows.andWhere('delivery.reason = :reason', { reason });
    if (orderId) rows.andWhere('delivery.orderId = :orderId', { orderId });
    if (from) {
      rows.andWhere('delivery.receivedAt >= :from AND delivery.id >= :eldest', {
        from: new Date(from),
        eldest: eldestIdOf(new Date(from)),
      });
    }
    if (to) {
      rows.andWhere('delivery.receivedAt < :to AND delivery.id <= :youngest', {
        to: new Date(to),
        youngest: youngestIdOf(new Date(to)),
      });
    }
    if (ids) rows.andWhere('delivery.id IN (:...ids)', { ids });
    if (before !== undefined) rows.andWhere('delivery.id < :before', { before });
    return rows.getMany();
  }

  /** Another installation's delivery is not there at all (A5). @throws DomainError `delivery_not_found` */
  async readFor(principal: Principal, id: string): Promise<Delivery> {
    const delivery = await this.dataSource.manager.findOneBy(Delivery, { id });
    if (delivery && mayKnow(principal, delivery.installationId)) return delivery;
    throw new DomainError('not_found', 'delivery_not_found', 'There is no such delivery.');
  }
}

/** What leaves of a delivery: no token, no signature, no payload; they are not kept. */
export function describeDelivery(delivery: Delivery): DeliveryDto {
  const { id, installationId, source, event, facts, triggeredAt, receivedAt } = delivery;
  const { outcome, reason, orderId } = delivery;
  return {
    id,
    installationId: installationId === EVERY_INSTALLATION ? null : installationId,
    source,
    event,
    facts,
    triggeredAt,
    receivedAt,
    outcome,
    reason,
    orderId,
  };
}
