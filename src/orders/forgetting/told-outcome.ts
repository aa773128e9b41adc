import { Injectable } from '@nestjs/common';
import { EntityNotFoundError } from 'typeorm';
import type { Settings } from '../../mapping/settings.js';
import { SealBroken } from '../../platform/crypto/key-ring.js';
import type { Transaction } from '../../platform/database/transactions.js';
import type { Order } from '../domain/order.js';
import { showsAll } from '../domain/shown-tags.js';
import { ProgressNoteRow } from '../order.entity.js';
import { OrderVault, type OrderResults } from '../order-vault.js';
import { resultNotes } from '../showing/result-notes.js';

/** Whether the applicant tracking system was told how an order ended: once it is erased nobody can tell it any more. */
@Injectable()
export class ToldOutcome {
  constructor(private readonly vault: OrderVault) {}

  /** @param hasTags whether the tags on the opportunity are this order's */
  async isTold(tx: Transaction, order: Order, hasTags: boolean, settings: Settings): Promise<boolean> {
    if (order.reportTrouble !== null) return false;
    if (hasTags && !showsAll(order, settings)) return false;
    return order.status !== 'complete' || this.areNotesPosted(tx, order, settings);
  }

  private async areNotesPosted(tx: Transaction, order: Order, settings: Settings): Promise<boolean> {
    const results = await this.resultsOf(tx, order);
    if (results === null) return true;
    const { installationId, id: orderId } = order;
    const rows = await tx.manager.findBy(ProgressNoteRow, { installationId, orderId });
    const posted = new Set(rows.flatMap(({ noteId, reference }) => (noteId === null ? [] : reference)));
    return resultNotes(order, results, settings).every(({ reference }) => posted.has(reference));
  }

  /** What cannot be opened keeps nothing from being erased: a run that was to post it has had its trouble. */
  private async resultsOf(tx: Transaction, order: Order): Promise<OrderResults | null> {
    try {
      return await this.vault.results(order, tx.manager);
    } catch (error) {
      if (error instanceof SealBroken || error instanceof EntityNotFoundError) return null;
      throw error;
    }
  }
}
