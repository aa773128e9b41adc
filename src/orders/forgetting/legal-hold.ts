import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { Transactions } from '../../platform/database/transactions.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import type { Order } from '../domain/order.js';
import { OrderBook, type OrderKey } from '../order-book.js';

/** Keeps orders from being erased, on request or by retention, for as long as a matter needs them (A3). */
@Injectable()
export class LegalHold {
  constructor(
    private readonly book: OrderBook,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Safe to repeat; another reason takes the place of the one before. @throws DomainError `already_erased`, `stale_order` */
  async set(actor: string, key: OrderKey, reason: string, expected?: number): Promise<Order> {
    return this.transactions.run(async (tx) => {
      const order = await this.book.lock(tx, key, expected);
      if (order.erasedAt !== null) {
        throw new DomainError('conflict', 'already_erased', 'The order is erased: there is nothing to hold.');
      }
      if (order.legalHoldReason === reason) return order;
      return this.book.stepIn(tx, actor, order, {
        event: { kind: 'hold_set', data: { reason } },
        patch: { legalHoldReason: reason, legalHoldSince: order.legalHoldSince ?? this.clock.now() },
        audit: { action: 'order.hold_set', data: { reason } },
      });
    });
  }

  /** Safe to repeat. Retention goes on where it stood. @throws DomainError `stale_order` */
  async lift(actor: string, key: OrderKey, expected?: number): Promise<void> {
    await this.transactions.run(async (tx) => {
      const order = await this.book.lock(tx, key, expected);
      const reason = order.legalHoldReason;
      if (reason === null) return;
      await this.book.stepIn(tx, actor, order, {
        event: { kind: 'hold_lifted', data: { reason } },
        patch: { legalHoldReason: null, legalHoldSince: null },
        audit: { action: 'order.hold_lifted', data: { reason } },
      });
    });
  }
}
