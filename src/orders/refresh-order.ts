import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { nextStep, type NextStep } from './domain/next-step.js';
import type { Order } from './domain/order.js';
import { refreshOrder, reportProgress, type OrderJob } from './jobs.js';
import { OrderBook, type Step } from './order-book.js';
import { OrderTrouble, OUT_OF_TROUBLE } from './order-trouble.js';
import { OrderVault, type OrderResults } from './order-vault.js';
import { ScreeningProvider, type ScreeningOrder } from './ports/screening-provider.js';

const ACTOR = `job:${refreshOrder.name}`;

/** Reads an order at the provider and takes the next step; may run twice, late or in vain (V2). */
@Handles(refreshOrder)
@Injectable()
export class RefreshOrder implements JobHandler<OrderJob> {
  constructor(
    private readonly provider: ScreeningProvider,
    private readonly book: OrderBook,
    private readonly vault: OrderVault,
    private readonly trouble: OrderTrouble,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  async handle(job: OrderJob): Promise<void> {
    const order = await this.book.find(job);
    if (!order || order.providerOrderGuid === null || order.clientGuid === null) return;
    const at = { clientGuid: order.clientGuid, orderGuid: order.providerOrderGuid };
    try {
      const observed = await this.provider.readOrder(order.installationId, at);
      const step = nextStep(order, observed);
      if (step.takeResults) {
        const { searches, reportLink } = await this.provider.readResults(order.installationId, at);
        await this.takeResults(order, observed, step, { searches, reportLink });
      } else await this.follow(order, observed, step);
    } catch (error) {
      await this.trouble.note(ACTOR, order, error);
      throw error;
    }
  }

  private async follow(order: Order, observed: ScreeningOrder, step: NextStep): Promise<void> {
    const isNews = observed.rawStatus !== order.rawStatus || step.moveTo !== null || order.trouble !== null;
    if (!isNews) {
      await this.book.touch(order);
      return;
    }
    await this.book.step(ACTOR, order, {
      event: { kind: 'observed', data: { rawStatus: observed.rawStatus, unknown: step.unknownStatus } },
      ...this.moveOf(order, observed, step),
      also: async (tx) => {
        if (step.moveTo !== null) await this.jobs.send(tx, reportProgress, keyOf(order));
      },
    });
  }

  private async takeResults(
    order: Order,
    observed: ScreeningOrder,
    step: NextStep,
    found: Pick<OrderResults['report'], 'searches' | 'reportLink'>,
  ): Promise<void> {
    const earlier = await this.vault.results(order);
    const { flagged, decision } = observed;
    const results: OrderResults = {
      report: {
        product: order.productName ?? '',
        client: order.clientName ?? '',
        fileNumber: observed.fileNumber,
        orderedAt: (observed.orderedAt ?? order.orderedAt)?.toISOString() ?? null,
        completedAt: observed.completedAt?.toISOString() ?? null,
        flagged,
        decision,
        ...found,
      },
      revisions: [...(earlier?.revisions ?? []), { flagged, decision }],
    };
    const revision = results.revisions.length;
    const move = this.moveOf(order, observed, step);
    await this.book.step(ACTOR, order, {
      event: {
        kind: 'results_taken',
        data: { rawStatus: observed.rawStatus, revision, flagged, decision },
      },
      ...move,
      patch: {
        ...move.patch,
        flagged,
        decision,
        completedAt: observed.completedAt ?? this.clock.now(),
        reportRevision: revision,
      },
      also: async (tx) => {
        await this.jobs.send(tx, reportProgress, keyOf(order));
        return { resultsSealed: await this.vault.sealResults(tx, order, results) };
      },
    });
  }

  private moveOf(
    order: Order,
    observed: ScreeningOrder,
    step: NextStep,
  ): Pick<Step, 'moveTo' | 'reason'> & { patch: NonNullable<Step['patch']> } {
    return {
      moveTo: step.moveTo ?? order.status,
      reason: step.reason,
      patch: { ...OUT_OF_TROUBLE, rawStatus: observed.rawStatus, refreshedAt: this.clock.now() },
    };
  }
}

const keyOf = (order: Order): OrderJob => ({ installationId: order.installationId, orderId: order.id });
