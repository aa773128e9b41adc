import type { Delivery } from '../platform/webhooks/delivery.entity.js';
import type { Order } from './domain/order.js';
import type { OrderStatus } from './domain/order-status.js';
import type { OrderDto, ShownStatus, TimelineEntryDto } from './order.dto.js';
import type { OrderEventRow } from './order.entity.js';

/** To people an order that is held or being submitted has been received (spec section 11). */
export const shownStatus = (status: OrderStatus): ShownStatus =>
  status === 'held' || status === 'submitting' ? 'received' : status;

/** What leaves of an order: nothing personal. */
export function showOrder(order: Order): OrderDto {
  const named = (name: string | null, guid: string | null) =>
    name === null || guid === null ? null : { name, guid };
  return {
    id: order.id,
    installationId: order.installationId,
    opportunityId: order.opportunityId,
    status: shownStatus(order.status),
    statusReason: order.statusReason,
    product: named(order.productName, order.productGuid),
    client: named(order.clientName, order.clientGuid),
    reference: order.reference,
    victig: {
      orderGuid: order.providerOrderGuid,
      fileNumber: order.fileNumber,
      status: order.rawStatus,
    },
    flagged: order.flagged,
    decision: order.decision,
    settingsVersion: order.settingsVersion,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}

export function showEvent(event: OrderEventRow): TimelineEntryDto {
  return {
    at: event.at,
    kind: event.kind,
    from: event.statusFrom,
    to: event.statusTo,
    data: event.data,
  };
}

export function showDelivery(delivery: Delivery): TimelineEntryDto {
  return {
    at: delivery.receivedAt,
    kind: 'delivery',
    from: null,
    to: null,
    data: {
      deliveryId: delivery.id,
      source: delivery.source,
      event: delivery.event,
      outcome: delivery.outcome,
      reason: delivery.reason,
    },
  };
}
