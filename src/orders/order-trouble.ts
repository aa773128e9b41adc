import { Inject, Injectable } from '@nestjs/common';
import { NotConnected } from '../installations/vendor-credentials.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { HELD_BACK } from '../platform/http/paced-client.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { isFinal } from './domain/order-status.js';
import type { Order } from './domain/order.js';
import { endedSilently } from './domain/progress-of.js';
import { reportJobOf, reportProgress } from './jobs.js';
import { OrderBook } from './order-book.js';
import { NOT_CERTIFIED } from './ports/screening-provider.js';

/** Columns that say an order is out of trouble; patched with every step that a vendor's answer allowed. */
export const OUT_OF_TROUBLE = { trouble: null, troubleSince: null } as const;

/** Keeps track of failures that are being retried, and shows `Error` once they last too long (S3). */
@Injectable()
export class OrderTrouble {
  constructor(
    private readonly book: OrderBook,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /** Only failures of a vendor count; a race that was lost or a fault of ours is not the vendors' trouble. */
  async note(actor: string, key: Pick<Order, 'installationId' | 'id'>, error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (failure === null) return;
    const order = await this.book.find({ installationId: key.installationId, orderId: key.id });
    if (!order || order.erasedAt !== null) return;
    // One that ended at the provider is read for what may come later. Its trouble is kept, but it stays what it is (S4).
    if (order.status === 'rejected' || endedSilently(order)) return;
    const since = order.troubleSince ?? this.clock.now();
    if (order.troubleSince === null) {
      await this.book.step(actor, order, {
        event: { kind: 'trouble', data: failure },
        patch: { trouble: failure.failure, troubleSince: since },
      });
    }
    const lastsMs = this.clock.now().getTime() - since.getTime();
    if (
      !isFinal(order.status) &&
      order.status !== 'error' &&
      lastsMs >= this.config.orders.errorAfterSeconds * 1_000
    ) {
      await this.showError(actor, key, failure.failure);
    }
  }

  private async showError(
    actor: string,
    key: Pick<Order, 'installationId' | 'id'>,
    failure: string,
  ): Promise<void> {
    const { installationId, id: orderId } = key;
    const order = await this.book.find({ installationId, orderId });
    if (!order || isFinal(order.status) || order.status === 'error') return;
    await this.book.step(actor, order, {
      event: { kind: 'error_shown', data: { failure } },
      moveTo: 'error',
      reason: failure,
      also: (tx) => this.jobs.send(tx, reportProgress, reportJobOf(order)),
    });
  }
}

/** Null for what is not the vendors' trouble: a race that was lost, a fault of ours, a turn that is waited for. */
export function failureOf(error: unknown): { failure: string; message: string } | null {
  // Waiting its turn in a backlog of ours is no trouble.
  if (error instanceof UpstreamError && error.details.code === HELD_BACK) return null;
  if (error instanceof UpstreamError && error.details.code === NOT_CERTIFIED) {
    return { failure: error.failure, message: 'no certification of permissible purpose is recorded' };
  }
  if (error instanceof UpstreamError) return { failure: error.failure, message: error.message };
  if (error instanceof NotConnected) return { failure: 'unauthorized', message: error.message };
  return null;
}
