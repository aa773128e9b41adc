import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { DataSource } from 'typeorm';
import { appConfig, type AppConfig } from '../../platform/config/app-config.js';
import { NotConnected } from '../../installations/vendor-credentials.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';
import type { Order } from '../domain/order.js';
import { OrderBook } from '../order-book.js';
import { failureOf } from '../order-trouble.js';
import { UNSETTLED } from './unsettled-write.js';

/** Columns that say nothing keeps Lever from showing an order. */
export const OUT_OF_REPORT_TROUBLE = { reportTrouble: null, reportTroubleSince: null } as const;

/**
 * Keeps track of what keeps Lever from showing an order. It never moves the order: a check that is complete stays
 * complete, whatever Lever refuses.
 */
@Injectable()
export class ReportTrouble {
  constructor(
    private readonly dataSource: DataSource,
    private readonly book: OrderBook,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /** Answers the order with its trouble; what is neither Lever's failure nor data that cannot be opened is none. */
  async note(actor: string, order: Order, error: unknown): Promise<Order> {
    const failure = failureOf(error);
    const current = await this.book.find({ installationId: order.installationId, orderId: order.id });
    if (failure === null || current === null || isLeftAsItIs(current)) return order;
    // To wait for an earlier write to settle is part of the same trouble.
    const isWait = error instanceof UpstreamError && error.details.code === UNSETTLED;
    const untilConnected = error instanceof NotConnected;
    const isSame = current.reportTrouble === failure.failure || (isWait && current.reportTrouble !== null);
    // What was told to be tried again, and now waits for a person, is told anew.
    if (isSame && !(untilConnected && (await this.promisesRetry(current)))) return current;
    const permission = error instanceof UpstreamError ? (error.details.permission ?? null) : null;
    return this.book.note(actor, current, (now) => ({
      event: {
        kind: 'report_trouble',
        data: { ...failure, permission, ...(untilConnected && { untilConnected }) },
      },
      patch: isLeftAsItIs(now)
        ? {}
        : {
            reportTrouble: failure.failure,
            reportTroubleSince: now.reportTroubleSince ?? this.clock.now(),
          },
    }));
  }

  private async promisesRetry({ installationId, id: orderId }: Order): Promise<boolean> {
    const [told] = await this.dataSource.query<{ promises: boolean }[]>(
      `SELECT NOT data ? 'untilConnected' AS promises FROM order_events
       WHERE installation_id = $1 AND order_id = $2 AND kind = 'report_trouble' ORDER BY sequence DESC LIMIT 1`,
      [installationId, orderId],
    );
    return told?.promises ?? false;
  }

  async over(actor: string, order: Order): Promise<void> {
    if (order.reportTrouble === null) return;
    await this.book.note(actor, order, {
      event: { kind: 'report_trouble_over', data: { failure: order.reportTrouble } },
      patch: OUT_OF_REPORT_TROUBLE,
    });
  }

  /** Whether it has lasted so long that people are to see it (S3). */
  lasts({ reportTroubleSince }: Order): boolean {
    if (reportTroubleSince === null) return false;
    const lastsMs = this.clock.now().getTime() - reportTroubleSince.getTime();
    return lastsMs >= this.config.orders.errorAfterSeconds * 1_000;
  }
}

/** Nothing more is shown of an order that was erased, and nothing removed unless that was asked for: no run would end its trouble. */
const isLeftAsItIs = ({ erasedAt, removalAskedAt }: Order): boolean =>
  erasedAt !== null && removalAskedAt === null;
