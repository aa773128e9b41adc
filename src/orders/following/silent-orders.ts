import { Inject, Injectable } from '@nestjs/common';
import type { NotConnected } from '../../installations/vendor-credentials.js';
import { Clock } from '../../platform/clock.js';
import { appConfig, type AppConfig } from '../../platform/config/app-config.js';
import { Transactions } from '../../platform/database/transactions.js';
import type { UpstreamError } from '../../platform/errors/upstream-error.js';
import { LONGEST_SILENCE_MS } from '../domain/follow-listed.js';
import { FollowedOrders, type Silence, type SilentOrder } from './followed-orders.js';
import { OrderRaceLost } from '../order-book.js';
import { OrderTrouble } from '../order-trouble.js';

/** Orders that are told of, and then count as heard of. */
const TOLD_TOGETHER = 200;

export function silenceAt(now: Date, intervalSeconds: number): Silence {
  const intervalMs = intervalSeconds * 1_000;
  return {
    silentSince: new Date(now.getTime() - Math.max(intervalMs, LONGEST_SILENCE_MS - intervalMs)),
    troubledSince: new Date(now.getTime() - intervalMs),
    aheadSince: new Date(now.getTime() + intervalMs),
  };
}

/** Orders that nobody can ask about: each is told so in time (S3). */
@Injectable()
export class SilentOrders {
  constructor(
    private readonly orders: FollowedOrders,
    private readonly trouble: OrderTrouble,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /**
   * What the account was answered holds for each of its orders: to read them would be as many calls in vain (F3). To tell
   * so costs none, so that all are told of in time, however many there are (S3).
   */
  async tell(
    actor: string,
    installationIds: readonly string[],
    refused: UpstreamError | NotConnected,
  ): Promise<void> {
    const begunAt = this.clock.now();
    const silence = silenceAt(begunAt, this.config.orders.reconcileIntervalSeconds);
    let silent: SilentOrder[];
    do {
      silent = await this.transactions.run((tx) =>
        this.orders.silent(tx, installationIds, silence, TOLD_TOGETHER),
      );
      for (const order of silent) await this.tellOne(actor, order, refused);
      // However long it takes, what was told of is not found again: by a later time it would be of a clock that is ahead.
      await this.transactions.run((tx) => this.orders.heardOf(tx, silent, begunAt));
    } while (silent.length === TOLD_TOGETHER);
  }

  private async tellOne(
    actor: string,
    order: SilentOrder,
    refused: UpstreamError | NotConnected,
  ): Promise<void> {
    try {
      await this.trouble.note(actor, order, refused);
    } catch (error) {
      // There is news of it.
      if (!(error instanceof OrderRaceLost)) throw error;
    }
  }
}
