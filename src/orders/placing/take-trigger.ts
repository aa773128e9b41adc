import { Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import type { Installation, InstallationState } from '../../installations/installation.js';
import { WAITS_FOR_CONNECTION } from '../../installations/jobs.js';
import type { OrderRequest } from '../../mapping/order-request.js';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { ServicePause } from '../../platform/pause/service-pause.js';
import type { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { Inbox, type DeliveryRef } from '../../platform/webhooks/inbox.js';
import {
  DECIDED_BY_ORDER,
  decideDeparture,
  decideTrigger,
  mayBeTooEarly,
  ordersThatCount,
  RETRIED_AT_ONCE,
  type Trigger,
  type TriggerDecision,
} from '../domain/decide-trigger.js';
import { endedSilently } from '../domain/progress-of.js';
import { showsForgottenOrder } from '../domain/forgotten-order.js';
import type { Order } from '../domain/order.js';
import { runsUntold } from '../domain/withdrawal.js';
import { isDeparture, placeOrder, refreshOrder, type PlaceOrderJob } from '../jobs.js';
import { MapOrder, type MappingOutcome } from './map-order.js';
import { NotActive } from './not-active.js';
import { OrderBook, type Draft } from '../order-book.js';
import { ApplicantTracking, CONFIDENTIAL_ACCESS, type Opportunity } from '../ports/applicant-tracking.js';
import { readCandidacy } from './read-candidacy.js';
import { TellOfWithdrawal } from './tell-of-withdrawal.js';

/** Where a delivery leads: the order to go on with, and what is known of it already. */
export interface Start {
  order: Order;
  /** As it was read a moment ago; null if it was not. */
  opportunity: Opportunity | null;
  /** What came of mapping the order while it was opened; null when that was not tried. */
  mapping: { request: OrderRequest | null } | { failure: unknown } | null;
}

/**
 * Lever answers 403 for an opportunity that is confidential, and it may for another reason that passes. Nor does it promise
 * that what it answers is as new as what its webhooks tell.
 */
const SECOND_LOOK_AFTER_MS = 60_000;

/** Decides what a delivery means, by what Lever says now, and writes it down (T6, T7). */
@Injectable()
export class TakeTrigger {
  constructor(
    private readonly installations: InstallationDirectory,
    private readonly tracking: ApplicantTracking,
    private readonly book: OrderBook,
    private readonly mapOrder: MapOrder,
    private readonly withdrawal: TellOfWithdrawal,
    private readonly inbox: Inbox,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    private readonly pause: ServicePause,
  ) {}

  /** Null when there is nothing to go on with. */
  async run(
    installation: Installation,
    delivery: Delivery,
    { opportunityId, secondLook = false }: Pick<PlaceOrderJob, 'opportunityId' | 'secondLook'>,
  ): Promise<Start | null> {
    const ref = { installationId: installation.id, deliveryId: delivery.id };
    if (delivery.outcome === 'ignored') {
      if (secondLook) await this.reopenIfTooEarly(installation, delivery, opportunityId);
      return null;
    }
    if (delivery.outcome === 'acted_on') return this.goOn(delivery);
    if (isDeparture(delivery)) {
      const latest = await this.book.openOrLatest(installation.id, opportunityId);
      // Of the many that leave a stage few have a check that runs: for the others Lever is not asked.
      if (!latest || !runsUntold(latest)) return this.ignore(ref, 'no_check_running', latest?.id);
    }
    if (installation.state === 'disconnected') return this.park(ref);
    if (installation.state !== 'active') return this.ignoreUnlessParked(ref, installation.state);
    const [read, latest] = await Promise.all([
      this.readOrPark(ref, opportunityId),
      this.book.openOrLatest(installation.id, opportunityId),
    ]);
    if (read === 'parked') return null;
    if (read === 'confidential') {
      if (secondLook) return this.ignore(ref, 'opportunity_confidential');
      await this.transactions.run((tx) => this.lookAgain(tx, { ...ref, opportunityId }));
      return null;
    }
    const runs = latest !== null && runsUntold(latest);
    const opportunity = read.opportunity ?? (runs ? await readCandidacy(this.tracking, latest) : null);
    const decision = await this.decide(installation, delivery, opportunity, latest);
    if (isTooEarly(decision, delivery, opportunity) && !secondLook) {
      return this.ignoreForNow(ref, opportunityId, decision);
    }
    return this.act(ref, installation, opportunityId, decision, { opportunity, latest });
  }

  /** An earlier run opened the order and was interrupted. */
  private async goOn({ installationId, orderId }: Delivery): Promise<Start | null> {
    const order = await this.book.find({ installationId, orderId: orderId ?? '' });
    return startWith(order);
  }

  private async decide(
    { configuration: { triggerStageIds, settings } }: Installation,
    delivery: Delivery,
    opportunity: Opportunity | null,
    latest: Order | null,
  ): Promise<TriggerDecision> {
    if (isDeparture(delivery)) return decideDeparture({ opportunity, latest, triggerStageIds });
    const shown = latest && endedSilently(latest) ? await this.book.shownOn(latest) : latest;
    const trigger: Trigger = {
      opportunity,
      latest,
      shown,
      triggerStageIds,
      reorder: settings.reorder,
      showsForgottenOrder:
        this.pause.hasForgotten && showsForgottenOrder(opportunity?.tags ?? [], settings.statusPrefix, shown),
      triggeredAt: delivery.triggeredAt,
      now: this.clock.now(),
    };
    const decision = decideTrigger(trigger);
    if (decision.act !== 'open' || !latest) return decision;
    const { installationId } = latest;
    const orderIds = ordersThatCount({ latest, shown });
    // This one, also where it is decided anew, is not among them: while it is queued it has none of these reasons.
    const lastDecidedAt = await this.inbox.lastTriggeredAt({ installationId, orderIds }, DECIDED_BY_ORDER);
    return decideTrigger({ ...trigger, lastDecidedAt });
  }

  private async act(
    ref: DeliveryRef,
    installation: Installation,
    opportunityId: string,
    decision: TriggerDecision,
    { opportunity, latest }: { opportunity: Opportunity | null; latest: Order | null },
  ): Promise<Start | null> {
    const { installationId, deliveryId } = ref;
    const actor = `delivery:${deliveryId}`;
    if (decision.act === 'ignore') return this.ignore(ref, decision.reason, decision.orderId);
    if (decision.act === 'retry') return this.retryAtOnce(ref, decision.orderId);
    if (decision.act === 'tell') {
      const { orderId, reason } = decision;
      await this.withdrawal.run(actor, { installationId, orderId }, reason, async (tx) => {
        await this.inbox.decide(tx, ref, { outcome: 'acted_on', orderId, reason });
      });
      return null;
    }
    const draft = this.book.draft({
      installationId,
      opportunityId,
      settingsVersion: installation.settingsVersion,
      triggeredAt: decision.enteredAt,
      triggerStageId: opportunity?.stageId ?? null,
      deliveryId,
      before: latest,
    });
    const mapping = await this.mapAtOnce(installation, draft, opportunity);
    const steps = mapping && 'step' in mapping ? [mapping.step] : [];
    const order = await this.transactions.run(async (tx) => {
      const opened = await this.book.open(tx, actor, draft, ...steps);
      await this.inbox.decide(tx, ref, { outcome: 'acted_on', orderId: opened.id });
      // Forgotten together with all that came of it, the delivery is decided again.
      if (steps.length === 0) tx.mayBeForgotten();
      return opened;
    });
    return { order, opportunity, mapping };
  }

  /** What can be said now is written down with the opening. One that is to wait is mapped by what holds then (T8). */
  private async mapAtOnce(
    installation: Installation,
    { order, key }: Draft,
    opportunity: Opportunity | null,
  ): Promise<MappingOutcome | { failure: unknown } | null> {
    if (installation.configuration.settings.holdSeconds > 0) return null;
    try {
      return await this.mapOrder.outcome(installation, order, opportunity, key);
    } catch (failure) {
      // Nothing that fails keeps the order from being opened; who goes on with it meets the failure.
      return { failure };
    }
  }

  /**
   * Without access to Lever the delivery waits for a person and not for a retry (I6). One that is confidential stays
   * so until a person grants access; then the candidate is moved again.
   */
  private async readOrPark(
    ref: DeliveryRef,
    opportunityId: string,
    park = (): Promise<null> => this.park(ref),
  ): Promise<{ opportunity: Opportunity | null } | 'parked' | 'confidential'> {
    try {
      return { opportunity: await this.tracking.readOpportunity(ref.installationId, opportunityId) };
    } catch (error) {
      if (isConfidential(error)) return 'confidential';
      const installation = await this.installations.find(ref.installationId);
      if (installation?.state !== 'disconnected') throw error;
      await park();
      return 'parked';
    }
  }

  /** An answer that passes, if it were believed at once, would end the trigger without a trace in Lever. */
  async lookAgain(tx: Transaction, at: PlaceOrderJob): Promise<void> {
    const startAfter = new Date(this.clock.now().getTime() + SECOND_LOOK_AFTER_MS);
    await this.jobs.send(tx, placeOrder, { ...at, secondLook: true }, { startAfter });
  }

  /** Mostly the candidate was moved on. Where Lever has only not heard yet of what it told, nothing else would tell of them. */
  private async ignoreForNow(
    ref: DeliveryRef,
    opportunityId: string,
    { reason, orderId }: Extract<TriggerDecision, { act: 'ignore' }>,
  ): Promise<null> {
    await this.transactions.run(async (tx) => {
      await this.inbox.decide(tx, ref, { outcome: 'ignored', reason, ...(orderId ? { orderId } : {}) });
      await this.lookAgain(tx, { ...ref, opportunityId });
    });
    return null;
  }

  /** What Lever has heard of by now was on the way when the delivery was ignored: it is decided anew. */
  private async reopenIfTooEarly(
    installation: Installation,
    delivery: Delivery,
    opportunityId: string,
  ): Promise<void> {
    const { installationId, id: deliveryId, reason } = delivery;
    if (reason === null) return;
    const ref = { installationId, deliveryId };
    if (installation.state === 'disconnected') {
      await this.parkAgain(ref, reason);
      return;
    }
    if (installation.state !== 'active') return;
    const read = await this.readOrPark(ref, opportunityId, () => this.parkAgain(ref, reason));
    if (typeof read === 'string') return;
    const latest = await this.book.openOrLatest(installationId, opportunityId);
    const decision = await this.decide(installation, delivery, read.opportunity, latest);
    if (decision.act === 'ignore' && decision.reason === reason) return;
    if (isTooEarly(decision, delivery, read.opportunity)) return;
    await this.transactions.run(async (tx) => {
      if (!(await this.inbox.reopen(tx, ref, reason))) return;
      await this.jobs.send(tx, placeOrder, { ...ref, opportunityId });
    });
  }

  private park(ref: DeliveryRef): Promise<null> {
    return this.whileIt('disconnected', ref, (tx) => this.inbox.park(tx, ref, WAITS_FOR_CONNECTION));
  }

  /** It was ignored until it is looked at once more, which only a person makes possible now (I6). */
  private parkAgain(ref: DeliveryRef, reason: string): Promise<null> {
    return this.whileIt('disconnected', ref, async (tx) => {
      if (await this.inbox.reopen(tx, ref, reason)) await this.inbox.park(tx, ref, WAITS_FOR_CONNECTION);
    });
  }

  /** What waits since before the installation was paused waits on (I6); all else of a pause is ignored (T5). */
  private ignoreUnlessParked(ref: DeliveryRef, state: InstallationState): Promise<null> {
    return this.whileIt(state, ref, async (tx) => {
      // Not as it was read before: the pause may have parked it meanwhile.
      if (await this.inbox.isParked(tx, ref, WAITS_FOR_CONNECTION)) return;
      await this.inbox.decide(tx, ref, { outcome: 'ignored', reason: `installation_${state}` });
    });
  }

  /** @throws NotActive when the state of the installation changed this moment: the delivery is to be looked at anew */
  private async whileIt(
    state: InstallationState,
    { installationId }: DeliveryRef,
    settle: (tx: Transaction) => Promise<void>,
  ): Promise<null> {
    await this.transactions.run(async (tx) => {
      const held = await this.installations.holdState(tx, installationId);
      if (held !== state) throw new NotActive(installationId);
      await settle(tx);
    });
    return null;
  }

  private async ignore(ref: DeliveryRef, reason: string, orderId?: string): Promise<null> {
    await this.transactions.run(async (tx) => {
      await this.inbox.decide(tx, ref, { outcome: 'ignored', reason, ...(orderId ? { orderId } : {}) });
    });
    return null;
  }

  /** A trigger while the order is in error only retries it (T7). */
  private async retryAtOnce(ref: DeliveryRef, orderId: string): Promise<Start | null> {
    const { installationId } = ref;
    await this.transactions.run(async (tx) => {
      await this.inbox.decide(tx, ref, { outcome: 'acted_on', orderId, reason: RETRIED_AT_ONCE });
      await this.jobs.send(tx, refreshOrder, { installationId, orderId });
    });
    return startWith(await this.book.find({ installationId, orderId }));
  }
}

const startWith = (order: Order | null): Start | null => order && { order, opportunity: null, mapping: null };

const isTooEarly = (
  decision: TriggerDecision,
  { triggeredAt }: Delivery,
  opportunity: Opportunity | null,
): decision is Extract<TriggerDecision, { act: 'ignore' }> =>
  decision.act === 'ignore' && mayBeTooEarly(decision.reason, { triggeredAt, opportunity });

const isConfidential = (error: unknown): boolean =>
  error instanceof UpstreamError && error.details.permission === CONFIDENTIAL_ACCESS;
