import { Injectable } from '@nestjs/common';
import { untoldTag, wantedTags } from '../../mapping/progress-tags.js';
import type { Settings } from '../../mapping/settings.js';
import type { Order } from '../domain/order.js';
import { OrderVault } from '../order-vault.js';

/**
 * How old tags are named on record. What they say of the result of an earlier order is not told by this one: it would stay
 * when that one is erased (A3).
 */
@Injectable()
export class TagNames {
  constructor(private readonly vault: OrderVault) {}

  async of(order: Order, stale: readonly string[], settings: Settings): Promise<(tag: string) => string> {
    const tellsResult = stale.some((tag) => untoldTag(tag, settings) !== tag);
    const results = tellsResult ? await this.vault.results(order) : null;
    const own = results?.revisions.flatMap((report) => wantedTags('Complete', report, settings)) ?? [];
    return (tag) => (own.includes(tag) ? tag : untoldTag(tag, settings));
  }
}
