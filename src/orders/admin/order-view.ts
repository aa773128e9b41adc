import { Injectable } from '@nestjs/common';
import { DueJobs, type QueuedWork } from '../../platform/jobs/due-jobs.js';
import type { Order } from '../domain/order.js';
import { placeOrder, refreshOrder, removeFromTracking, reportJobOf, reportProgress } from '../jobs.js';
import type { OrderDto } from './order.dto.js';
import { showOrder } from './show-order.js';

/** Gathers what is shown of orders beside themselves: when what keeps one from going on is tried next. */
@Injectable()
export class OrderView {
  constructor(private readonly dueJobs: DueJobs) {}

  async show(order: Order): Promise<OrderDto> {
    const dueAt = await this.dueJobs.of(retriesOf(order));
    return put(order, dueAt);
  }

  /** As many as a page holds, with no more reading than for one. */
  async showAll(orders: readonly Order[]): Promise<OrderDto[]> {
    const dueAt = await this.dueJobs.of(orders.flatMap(retriesOf));
    return orders.map((order) => put(order, dueAt));
  }
}

const put = (order: Order, dueAt: (work: QueuedWork) => Date | null): OrderDto =>
  showOrder(order, { provider: dueAt(retryAtProvider(order)), tracking: dueAt(retryOfShowing(order)) });

/** Only of what is being retried: an order that goes well costs no look at the queue. */
const retriesOf = (order: Order): QueuedWork[] => [
  ...(order.trouble === null ? [] : [retryAtProvider(order)]),
  ...(order.reportTrouble === null ? [] : [retryOfShowing(order)]),
];

function retryAtProvider(order: Order): QueuedWork {
  const { installationId, opportunityId, id: orderId } = order;
  return order.providerOrderGuid === null
    ? { name: placeOrder.name, key: placeOrder.key({ installationId, opportunityId }) }
    : { name: refreshOrder.name, key: refreshOrder.key({ installationId, orderId }) };
}

function retryOfShowing(order: Order): QueuedWork {
  const { installationId, id: orderId } = order;
  return order.erasedAt === null
    ? { name: reportProgress.name, key: reportProgress.key(reportJobOf(order)) }
    : { name: removeFromTracking.name, key: removeFromTracking.key({ installationId, orderId }) };
}
