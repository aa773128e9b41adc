import { Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../installations/installation-directory.js';
import type { Installation } from '../installations/installation.js';
import { WAITS_FOR_CONNECTION } from '../installations/jobs.js';
import { NotConnected } from '../installations/vendor-credentials.js';
import { Clock } from '../platform/clock.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { withPriority } from '../platform/http/call-priority.js';
import { callsAreAbout } from '../platform/http/vendor-calls.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { Inbox, type DeliveryRef } from '../platform/webhooks/inbox.js';
import { decideTrigger } from './domain/decide-trigger.js';
import { isFinal } from './domain/order-status.js';
import { standingOf, type Order } from './domain/order.js';
import { placeOrder, refreshOrder, type PlaceOrderJob } from './jobs.js';
import { MapOrder } from './map-order.js';
import { OrderBook } from './order-book.js';
import { OrderTrouble } from './order-trouble.js';
import { ApplicantTracking, CONFIDENTIAL_ACCESS, type Opportunity } from './ports/applicant-tracking.js';
import { SubmitOrder } from './submit-order.js';

/** The installation does not order at present; work in hand waits until it does again. */
class NotActive extends Error {
  override readonly name = 'NotActive';

  constructor(installationId: string) {
    super(`installation ${installationId} is not active`);
  }
}

/** From a trigger to an order at the provider; goes on wherever an earlier run stopped. */
@Handles(placeOrder)
@Injectable()
export class PlaceOrder implements JobHandler<PlaceOrderJob> {
  constructor(
    private readonly installations: InstallationDirectory,
    private readonly tracking: ApplicantTracking,
    private readonly book: OrderBook,
    private readonly trouble: OrderTrouble,
    private readonly mapOrder: MapOrder,
    private readonly submitOrder: SubmitOrder,
    private readonly inbox: Inbox,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  handle(job: PlaceOrderJob): Promise<void> {
    return withPriority('order', () => this.place(job));
  }

  private async place(job: PlaceOrderJob): Promise<void> {
    const installation = await this.installations.find(job.installationId);
    if (!installation) return;
    const start =
      job.deliveryId === undefined ? null : await this.takeDelivery(installation, job.deliveryId, job);
    const orderId = start?.order.id ?? job.orderId;
    if (orderId === undefined) return;
    const order = start?.order ?? (await this.book.find({ installationId: installation.id, orderId }));
    if (!order) return;
    callsAreAbout({ installationId: order.installationId, orderId: order.id });
    const actor = job.deliveryId === undefined ? `job:${placeOrder.name}` : `delivery:${job.deliveryId}`;
    if (isFinal(order.status)) {
      await this.submitOrder.settleEnded(actor, order);
      return;
    }
    try {
      await this.carryOn(actor, installation, order, start?.opportunity ?? null);
    } catch (error) {
      await this.trouble.note(actor, order, error);
      throw error;
    }
  }

  /** Decides what a delivery means; null when it orders nothing. */
  private async takeDelivery(
    installation: Installation,
    deliveryId: string,
    { opportunityId }: PlaceOrderJob,
  ): Promise<{ order: Order; opportunity: Opportunity | null } | null> {
    const ref = { installationId: installation.id, deliveryId };
    const delivery = await this.transactions.run((tx) => this.inbox.find(ref, tx));
    if (!delivery || delivery.outcome === 'ignored') return null;
    if (delivery.outcome === 'acted_on') {
      // An earlier run opened the order and was interrupted.
      const order = await this.book.find({
        installationId: installation.id,
        orderId: delivery.orderId ?? '',
      });
      return order && { order, opportunity: null };
    }
    if (installation.state === 'disconnected') return this.park(ref);
    if (installation.state !== 'active') {
      await this.ignore(ref, `installation_${installation.state}`);
      return null;
    }
    const read = await this.readOrPark(ref, opportunityId);
    if (read === 'parked') return null;
    if (read === 'confidential') {
      await this.ignore(ref, 'opportunity_confidential');
      return null;
    }
    const { opportunity } = read;
    const decision = decideTrigger({
      opportunity,
      triggerStageIds: installation.configuration.triggerStageIds,
      reorder: installation.configuration.settings.reorder,
      latest: await this.book.latestOf(installation.id, opportunityId),
      triggeredAt: delivery.triggeredAt,
      now: this.clock.now(),
    });
    if (decision.act === 'ignore') {
      await this.ignore(ref, decision.reason, decision.orderId);
      return null;
    }
    if (decision.act === 'retry') {
      const order = await this.retryAtOnce(ref, decision.orderId);
      return order && { order, opportunity };
    }
    const actor = `delivery:${deliveryId}`;
    const order = await this.transactions.run(async (tx) => {
      const opened = await this.book.open(tx, actor, {
        installationId: installation.id,
        opportunityId,
        settingsVersion: installation.settingsVersion,
        triggeredAt: decision.enteredAt,
        deliveryId,
      });
      await this.inbox.settle(tx, ref, { outcome: 'acted_on', orderId: opened.id });
      return opened;
    });
    return { order, opportunity };
  }

  /**
   * Without access to Lever the delivery waits for a person and not for a retry (I6). One that is confidential stays
   * so until a person grants access; then the candidate is moved again.
   */
  private async readOrPark(
    ref: DeliveryRef,
    opportunityId: string,
  ): Promise<{ opportunity: Opportunity | null } | 'parked' | 'confidential'> {
    try {
      return { opportunity: await this.tracking.readOpportunity(ref.installationId, opportunityId) };
    } catch (error) {
      if (isConfidential(error)) return 'confidential';
      const installation = await this.installations.find(ref.installationId);
      if (installation?.state !== 'disconnected') throw error;
      await this.park(ref);
      return 'parked';
    }
  }

  /** @throws NotActive when the installation was activated this moment: the delivery is to be worked on after all */
  private async park(ref: DeliveryRef): Promise<null> {
    await this.transactions.run(async (tx) => {
      const state = await this.installations.holdState(tx, ref.installationId);
      if (state !== 'disconnected') throw new NotActive(ref.installationId);
      await this.inbox.park(tx, ref, WAITS_FOR_CONNECTION);
    });
    return null;
  }

  private async ignore(
    ref: { installationId: string; deliveryId: string },
    reason: string,
    orderId?: string,
  ): Promise<void> {
    await this.transactions.run((tx) =>
      this.inbox.settle(tx, ref, { outcome: 'ignored', reason, ...(orderId ? { orderId } : {}) }),
    );
  }

  /** A trigger while the order is in error only retries it (T7). */
  private async retryAtOnce(
    ref: { installationId: string; deliveryId: string },
    orderId: string,
  ): Promise<Order | null> {
    const { installationId } = ref;
    await this.transactions.run(async (tx) => {
      await this.inbox.settle(tx, ref, { outcome: 'acted_on', orderId, reason: 'retried_at_once' });
      await this.jobs.send(tx, refreshOrder, { installationId, orderId });
    });
    return this.book.find({ installationId, orderId });
  }

  private async carryOn(
    actor: string,
    installation: Installation,
    order: Order,
    opportunity: Opportunity | null,
  ): Promise<void> {
    const standing = standingOf(order);
    // What was mapped in an earlier run may be long ago: unless it is under way, everything is read again (T6).
    const current = standing === 'submitting' ? await this.submitOrder.settle(actor, order) : order;
    if (current && (standing === 'submitting' || standing === 'received' || standing === 'held')) {
      // Shown as what it is, for only a person can end it.
      if (installation.state === 'disconnected') throw new NotConnected(installation.id, 'Lever', true);
      if (installation.state !== 'active') throw new NotActive(installation.id);
      if (standing !== 'submitting' && (await this.isHeld(actor, installation, current))) return;
      const mapped = await this.mapOrder.run(actor, installation, current, opportunity);
      if (mapped) await this.submitOrder.run(actor, mapped);
    }
  }

  /** Waits before ordering, when the settings say so (T8). Every return to the queue is for the end of the hold. */
  private async isHeld(actor: string, installation: Installation, order: Order): Promise<boolean> {
    // A person who places an order has thought about it.
    if (order.placedBy !== null) return false;
    const { holdSeconds } = installation.configuration.settings;
    const until = new Date(order.createdAt.getTime() + holdSeconds * 1_000);
    if (until <= this.clock.now()) return false;
    const { installationId, opportunityId, id: orderId } = order;
    const again = (tx: Transaction): Promise<void> =>
      this.jobs.send(tx, placeOrder, { installationId, opportunityId, orderId }, { startAfter: until });
    // Too early: the hold was made longer, or the database's clock is ahead of ours.
    if (order.status === 'held') await this.transactions.run(again);
    else {
      await this.book.step(actor, order, {
        event: { kind: 'held', data: { until: until.toISOString() } },
        moveTo: 'held',
        also: again,
      });
    }
    return true;
  }
}

const isConfidential = (error: unknown): boolean =>
  error instanceof UpstreamError && error.details.permission === CONFIDENTIAL_ACCESS;
