import { Injectable } from '@nestjs/common';
import { isSameGuid } from '../../mapping/catalogue.js';
import type { Order } from '../domain/order.js';
import { FindSubmitted } from './find-submitted.js';
import { takeCallback } from '../jobs.js';
import { OrderBook } from '../order-book.js';
import type { ListedOrder } from '../ports/screening-provider.js';

const ACTOR = `job:${takeCallback.name}`;

/**
 * Tells of orders that the provider holds beside the one that is followed: of submissions that came true after they had
 * been taken for lost and were repeated (V4). Each costs money and invites the candidate, and only a person can end it.
 */
@Injectable()
export class DuplicateOrders {
  constructor(
    private readonly submitted: FindSubmitted,
    private readonly book: OrderBook,
  ) {}

  /** @param orderGuid the provider's id of an order that is said to carry our id */
  async tellIfOne(order: Order, orderGuid: string | null): Promise<void> {
    if (orderGuid === null || isSameGuid(orderGuid, order.providerOrderGuid ?? '')) return;
    if (order.erasedAt !== null) return;
    const duplicate = await this.submitted.readSaidToBeOurs(order, orderGuid);
    if (duplicate) await this.tell(ACTOR, order, duplicate);
  }

  /** @param listed an order that carries the id of ours in a list, which needs no reading: the provider's own word */
  async tellIfListed(actor: string, order: Order, listed: ListedOrder): Promise<void> {
    // What became of its own submission is found out otherwise.
    if (order.providerOrderGuid === null || order.erasedAt !== null) return;
    await this.tell(actor, order, listed);
  }

  private async tell(
    actor: string,
    order: Order,
    { orderGuid, fileNumber }: Pick<ListedOrder, 'orderGuid' | 'fileNumber'>,
  ): Promise<void> {
    // Written otherwise it may be the very same.
    if (isSameGuid(orderGuid, order.providerOrderGuid ?? '')) return;
    if (fileNumber !== '' && fileNumber === order.fileNumber) return;
    if (told(order).includes(fileNumber)) return;
    await this.book.note(actor, order, (current) => ({
      event: { kind: 'placed_twice', data: { orderGuid, fileNumber } },
      warnings: { placed_twice: [...new Set([...told(current), fileNumber])] },
      audit: { action: 'victig.order_placed', data: { orderGuid, fileNumber, found: true } },
    }));
  }
}

const told = ({ reportWarnings }: Order): readonly string[] =>
  reportWarnings.find(({ code }) => code === 'placed_twice')?.details ?? [];
