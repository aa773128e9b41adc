import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThan, Not } from 'typeorm';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { releaseWaiting, WAITS_FOR_CONNECTION, type ReleaseWaitingJob } from '../../installations/jobs.js';
import { Transactions } from '../../platform/database/transactions.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { Inbox } from '../../platform/webhooks/inbox.js';
import type { OrderStatus } from '../domain/order-status.js';
import { attachReport, placeOrder, removeFromTracking, reportProgress } from '../jobs.js';
import { OrderRow } from '../order.entity.js';

/** How many deliveries, or orders, one transaction takes up. */
const BATCH = 100;

/** Comes before every id. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Takes up what waited for Lever's access: what is to be shown there, or removed, and, where the installation is active,
 * deliveries in the order they came, and orders that were in hand (I6).
 */
@Handles(releaseWaiting)
@Injectable()
export class ReleaseWaiting implements JobHandler<ReleaseWaitingJob> {
  constructor(
    private readonly installations: InstallationDirectory,
    private readonly inbox: Inbox,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
  ) {}

  async handle({ installationId }: ReleaseWaitingJob): Promise<void> {
    await this.hurryReports(installationId);
    await this.removeErased(installationId);
    for (let last: string | null = NO_ID; last !== null;) last = await this.releaseSome(installationId, last);
    await this.hurryOrders(installationId);
  }

  /** Notes, tags and reports are retried by themselves, every few minutes; now they need not wait for it. */
  private async hurryReports(installationId: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.jobs.hurryAllOf(tx, reportProgress, installationId);
      await this.jobs.hurryAllOf(tx, attachReport, installationId);
    });
  }

  private async removeErased(installationId: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const left = await tx.manager.find(OrderRow, {
        select: { id: true },
        where: {
          installationId,
          erasedAt: Not(IsNull()),
          removalAskedAt: Not(IsNull()),
          reportTrouble: Not(IsNull()),
        },
      });
      const jobs = left.map(({ id: orderId }) => ({ installationId, orderId }));
      await this.jobs.sendMissing(tx, removeFromTracking, jobs);
    });
  }

  /** Orders that are not placed yet are retried by themselves, every few minutes; now they need not wait for it. */
  private async hurryOrders(installationId: string): Promise<void> {
    for (let last: string | null = NO_ID; last !== null;) last = await this.hurrySome(installationId, last);
  }

  /** @returns the last of those that were hurried; null when there are no more */
  private async hurrySome(installationId: string, after: string): Promise<string | null> {
    return this.transactions.run(async (tx) => {
      if ((await this.installations.holdState(tx, installationId)) !== 'active') return null;
      const unplaced = await tx.manager.find(OrderRow, {
        select: { id: true, opportunityId: true },
        where: {
          installationId,
          id: MoreThan(after),
          status: In(['received', 'submitting', 'error'] satisfies OrderStatus[]),
          providerOrderGuid: IsNull(),
        },
        order: { id: 'ASC' },
        take: BATCH,
      });
      const jobs = unplaced.map(({ id: orderId, opportunityId }) => ({
        installationId,
        opportunityId,
        orderId,
      }));
      await this.jobs.sendAll(tx, placeOrder, jobs);
      return jobs.length === BATCH ? (unplaced.at(-1)?.id ?? null) : null;
    });
  }

  /** @returns the last of those that were released; null when there are no more */
  private async releaseSome(installationId: string, behind: string): Promise<string | null> {
    return this.transactions.run(async (tx) => {
      // Disconnected or paused anew: what still waits is decided on when it is activated again.
      if ((await this.installations.holdState(tx, installationId)) !== 'active') return null;
      const which = { installationId, source: 'lever', reason: WAITS_FOR_CONNECTION } as const;
      const parked = await this.inbox.parked(tx, which, { behind, limit: BATCH });
      const jobs = parked.flatMap(({ id: deliveryId, facts: { opportunityId } }) =>
        opportunityId ? { installationId, opportunityId, deliveryId } : [],
      );
      // Some may be released already, and wait for their turn.
      await this.jobs.sendMissing(tx, placeOrder, jobs);
      return parked.length === BATCH ? (parked.at(-1)?.id ?? null) : null;
    });
  }
}
