import type { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { EVERY_INSTALLATION } from '../../platform/webhooks/inbox.js';
import type { Order } from '../domain/order.js';
import type { OrderBook } from '../order-book.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The order that a callback is about, whether the provider's id of it is known or not; null where it is another installation's. */
export async function orderOfCallback(
  book: OrderBook,
  { installationId, facts }: Pick<Delivery, 'installationId' | 'facts'>,
): Promise<Order | null> {
  const { orderGuid, externalIdentifier } = facts;
  const ours = externalIdentifier && UUID.test(externalIdentifier) ? externalIdentifier : null;
  const order = await book.findByProvider(orderGuid ?? null, ours);
  const isForeign = installationId !== EVERY_INSTALLATION && order?.installationId !== installationId;
  return isForeign ? null : order;
}
