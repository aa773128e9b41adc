import { Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import type { Installation } from '../../installations/installation.js';
import { NotConnected } from '../../installations/vendor-credentials.js';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { withPriority } from '../../platform/http/call-priority.js';
import { callsAreAbout } from '../../platform/http/vendor-calls.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { Inbox } from '../../platform/webhooks/inbox.js';
import { FOUND_OPEN } from '../domain/decide-trigger.js';
import { heldUntil, laterEntry, type Entry } from '../domain/hold.js';
import { isFinal } from '../domain/order-status.js';
import { standingOf, type Order } from '../domain/order.js';
import { runsUntold, whyOrderWithdrawn } from '../domain/withdrawal.js';
import { placeOrder, reportJobOf, reportProgress, type PlaceOrderJob } from '../jobs.js';
import { endedLongAgo, isUnclear } from './given-up.js';
import { MapOrder, type MappedOrder } from './map-order.js';
import { NotActive } from './not-active.js';
import { OrderBook } from '../order-book.js';
import { OrderTrouble, OUT_OF_TROUBLE } from '../order-trouble.js';
import { ApplicantTracking, type Opportunity } from '../ports/applicant-tracking.js';
import { readCandidacy } from './read-candidacy.js';
import { SubmitOrder } from './submit-order.js';
import { TakeTrigger, type Start } from './take-trigger.js';
import { TellOfWithdrawal } from './tell-of-withdrawal.js';

/** From a trigger to an order at the provider; goes on wherever an earlier run stopped. */
@Handles(placeOrder)
@Injectable()
export class PlaceOrder implements JobHandler<PlaceOrderJob> {
  constructor(
    private readonly installations: InstallationDirectory,
    private readonly inbox: Inbox,
    private readonly tracking: ApplicantTracking,
    private readonly triggers: TakeTrigger,
    private readonly book: OrderBook,
    private readonly trouble: OrderTrouble,
    private readonly mapOrder: MapOrder,
    private readonly submitOrder: SubmitOrder,
    private readonly withdrawal: TellOfWithdrawal,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  handle(job: PlaceOrderJob): Promise<void> {
    return withPriority('order', () => this.place(job));
  }

  private async place(job: PlaceOrderJob): Promise<void> {
    const [installation, delivery] = await Promise.all([
      this.installations.find(job.installationId),
      job.deliveryId === undefined ? null : this.inbox.find({ ...job, deliveryId: job.deliveryId }),
    ]);
    if (!installation) return;
    const start = delivery && (await this.triggers.run(installation, delivery, job));
    const orderId = start?.order.id ?? job.orderId;
    if (orderId === undefined) return;
    const order = start?.order ?? (await this.book.find({ installationId: installation.id, orderId }));
    if (!order) return;
    callsAreAbout({ installationId: order.installationId, orderId: order.id });
    const actor = job.deliveryId === undefined ? `job:${placeOrder.name}` : `delivery:${job.deliveryId}`;
    if (order.providerOrderGuid !== null) return this.lookAfter(actor, installation, order, start);
    if (isFinal(order.status)) return this.settleEnded(actor, order);
    try {
      await this.carryOn(actor, installation, order, start, job);
    } catch (error) {
      await this.trouble.note(actor, order, error);
      throw error;
    }
  }

  /**
   * Nobody waits for it, and orders that are being placed go first. Where VICTIG does not say what became of a submission
   * it is asked for a day: what comes true after that is told of by a callback, or a list.
   */
  private async settleEnded(actor: string, order: Order): Promise<void> {
    try {
      await withPriority('background', () => this.submitOrder.settleEnded(actor, order));
    } catch (error) {
      if (!isUnclear(error) || !endedLongAgo(order, this.clock.now())) throw error;
    }
  }

  /**
   * The check runs: what is left to see is whether its candidate is still there. An order that was found again may
   * have lost its candidate before anybody knew that it was placed. Nothing of this is the order's trouble.
   */
  private async lookAfter(
    actor: string,
    installation: Installation,
    order: Order,
    start: Start | null,
  ): Promise<void> {
    if (!runsUntold(order) || installation.state === 'disconnected') return;
    const seen = start?.opportunity
      ? { opportunity: start.opportunity }
      : await this.lookWherePossible(order);
    if (seen === null) return;
    const reason = whyOrderWithdrawn(order, seen.opportunity, installation.configuration.triggerStageIds);
    if (reason) {
      await this.withdrawal.run(actor, { installationId: installation.id, orderId: order.id }, reason);
    }
  }

  /** Null without access to Lever, which a paused installation may have lost, too: no retry brings it back. */
  private async lookWherePossible(order: Order): Promise<{ opportunity: Opportunity | null } | null> {
    try {
      return { opportunity: await readCandidacy(this.tracking, order) };
    } catch (error) {
      if (error instanceof NotConnected) return null;
      throw error;
    }
  }

  private async carryOn(
    actor: string,
    installation: Installation,
    order: Order,
    start: Start | null,
    job: PlaceOrderJob,
  ): Promise<void> {
    const mapping = start?.mapping ?? null;
    if (mapping && 'failure' in mapping) throw mapping.failure;
    if (mapping?.request) return this.submit(actor, installation, { order, request: mapping.request });
    const standing = standingOf(order);
    // What was mapped in an earlier run may be long ago: unless it is under way, everything is read again (T6).
    const current = standing === 'submitting' ? await this.submitOrder.settle(actor, order) : order;
    if (current && (standing === 'submitting' || standing === 'received' || standing === 'held')) {
      // Shown as what it is, for only a person can end it.
      if (installation.state === 'disconnected') throw new NotConnected(installation.id, 'Lever', 'refused');
      if (installation.state !== 'active') throw new NotActive(installation.id);
      if (standing !== 'submitting' && (await this.isHeld(actor, installation, current))) return;
      const opportunity = start?.opportunity ?? (await readCandidacy(this.tracking, current));
      if (!job.secondLook && (await this.isReadTooEarly(installation, current, opportunity))) return;
      if (await this.isHeldAnew(actor, installation, current, opportunity)) return;
      const mapped = await this.mapOrder.run(actor, installation, current, opportunity);
      if (mapped) await this.submit(actor, installation, mapped);
    }
  }

  /**
   * Of who is elsewhere Lever told that they came back since: a moment later it shows them so, or has told of their leaving.
   * What would follow from the older answer is final.
   */
  private async isReadTooEarly(
    installation: Installation,
    order: Order,
    opportunity: Opportunity | null,
  ): Promise<boolean> {
    const enteredAt = opportunity?.stageEnteredAt ?? null;
    const { triggerStageIds } = installation.configuration;
    if (
      enteredAt === null ||
      whyOrderWithdrawn(order, opportunity, triggerStageIds) !== 'not_in_trigger_stage'
    )
      return false;
    const { installationId, opportunityId, id: orderId } = order;
    const toldAt = await this.inbox.lastTriggeredAt({ installationId, orderIds: [orderId] }, FOUND_OPEN);
    if (toldAt === null || toldAt <= enteredAt) return false;
    await this.transactions.run((tx) =>
      this.triggers.lookAgain(tx, { installationId, opportunityId, orderId }),
    );
    return true;
  }

  /** What VICTIG refused for a product that it does not have any more is mapped and submitted once more, as if for the first time. */
  private async submit(actor: string, installation: Installation, mapped: MappedOrder): Promise<void> {
    const left = await this.submitOrder.run(actor, mapped, { mapsAnew: true });
    if (!left) return;
    const opportunity = await readCandidacy(this.tracking, left);
    const again = await this.mapOrder.run(actor, installation, left, opportunity);
    if (again) await this.submitOrder.run(actor, again, { mapsAnew: false });
  }

  /**
   * Who left during the hold and is back at its end is held from then on, as if the first entry had never been (T8). An
   * order in error is not: moving its candidate only retries it (T7).
   */
  private async isHeldAnew(
    actor: string,
    installation: Installation,
    order: Order,
    opportunity: Opportunity | null,
  ): Promise<boolean> {
    const entry = order.status === 'held' ? laterEntry(order, opportunity) : null;
    if (entry === null) return false;
    if (whyOrderWithdrawn(order, opportunity, installation.configuration.triggerStageIds)) return false;
    return this.isHeld(actor, installation, order, entry);
  }

  /**
   * Waits before ordering, when the settings say so (T8). Every return to the queue is for the end of the hold.
   * @param entry that counts from now on
   */
  private async isHeld(
    actor: string,
    installation: Installation,
    order: Order,
    entry: Entry = order,
  ): Promise<boolean> {
    // A person who places an order has thought about it.
    if (order.placedBy !== null) return false;
    const until = heldUntil(order, entry, installation.configuration.settings.holdSeconds);
    if (until === null || until <= this.clock.now()) return false;
    const { installationId, opportunityId, id: orderId } = order;
    const again = (tx: Transaction): Promise<void> =>
      this.jobs.send(tx, placeOrder, { installationId, opportunityId, orderId }, { startAfter: until });
    // Too early: the hold was made longer, or the database's clock is ahead of ours.
    if (order.status === 'held' && entry === order) await this.transactions.run(again);
    else {
      await this.book.step(actor, order, {
        event: { kind: 'held', data: { until: until.toISOString() } },
        moveTo: 'held',
        patch: { ...OUT_OF_TROUBLE, triggeredAt: entry.triggeredAt, triggerStageId: entry.triggerStageId },
        also: async (tx) => {
          await again(tx);
          if (order.status === 'error') await this.jobs.send(tx, reportProgress, reportJobOf(order));
        },
      });
    }
    return true;
  }
}
