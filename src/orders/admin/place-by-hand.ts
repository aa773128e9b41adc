import { Injectable, Logger } from '@nestjs/common';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { isCertified, type Installation } from '../../installations/installation.js';
import type { Principal } from '../../platform/access/principal.js';
import { Clock } from '../../platform/clock.js';
import { Transactions } from '../../platform/database/transactions.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { withPriority } from '../../platform/http/call-priority.js';
import { VendorCallRecords } from '../../platform/http/vendor-call-records.js';
import { CallLog, callsAreAbout, logCalls } from '../../platform/http/vendor-calls.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { isFinal } from '../domain/order-status.js';
import type { Order } from '../domain/order.js';
import { placeOrder } from '../jobs.js';
import { OrderBook, OrderRaceLost } from '../order-book.js';
import { ApplicantTracking, type Opportunity } from '../ports/applicant-tracking.js';
import { whetherAtVictig } from './act-on-order.js';
import { shownStatus } from './shown-status.js';

/** So often it is decided anew, when others open orders of the opportunity meanwhile. */
const MOST_RACES = 5;

/** Of a submission without an answer. */
const NEXT_WAITS =
  'Whether VICTIG took its submission is not known: that is looked for first, and a new order waits until it is found out.';

/**
 * Places an order on a person's word and no trigger's (T7). From there on it goes the way of every order: the same job,
 * the same mapping, the same at-most-once. Only the stage is not asked about, and no hold is waited for (ADR 20).
 */
@Injectable()
export class PlaceByHand {
  private readonly logger = new Logger(PlaceByHand.name);

  constructor(
    private readonly installations: InstallationDirectory,
    private readonly tracking: ApplicantTracking,
    private readonly book: OrderBook,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly calls: VendorCallRecords,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws DomainError `installation_not_found`, `installation_not_active`, `not_certified`, `order_open`,
   * `opportunity_not_found`, `opportunity_archived`, `candidate_anonymized`
   * @throws UpstreamError when Lever cannot be asked
   */
  async run(principal: Principal, installationId: string, opportunityId: string): Promise<Order> {
    const installation = await this.installations.readFor(principal, installationId);
    demandOrdering(installation);
    await this.latestUnlessOpen(installation.id, opportunityId);
    const calls = new CallLog(null);
    return logCalls(calls, async () => {
      const opportunity = await withPriority('interactive', () =>
        this.tracking.readOpportunity(installation.id, opportunityId),
      );
      demandFit(opportunity);
      const order = await this.open(principal.actor, installation, opportunity);
      callsAreAbout({ installationId: order.installationId, orderId: order.id });
      await this.keepCalls(calls);
      return order;
    });
  }

  /** The order is placed by now, and that is what the answer is about: a record that is lost changes nothing of it. */
  private async keepCalls(calls: CallLog): Promise<void> {
    try {
      await this.calls.keep(calls, { cause: 'admin', attempt: 1, nextTryAt: null });
    } catch (error) {
      this.logger.warn({ err: error }, 'calls to vendors could not be recorded');
    }
  }

  private async open(
    actor: string,
    installation: Installation,
    opportunity: Opportunity,
    racesLeft = MOST_RACES,
  ): Promise<Order> {
    const { id: installationId, settingsVersion } = installation;
    // A person may have written its id in capitals, and an order of it is found by the id that Lever gives.
    const { id: opportunityId, stageEnteredAt } = opportunity;
    const before = await this.latestUnlessOpen(installationId, opportunityId);
    try {
      const draft = this.book.draft({
        installationId,
        opportunityId,
        settingsVersion,
        // The entry that Lever shows is decided about with it, and those before. Later ones are told by Lever's clock, not by ours.
        triggeredAt: stageEnteredAt ?? this.clock.now(),
        triggerStageId: null,
        deliveryId: null,
        placedBy: actor,
        before,
      });
      return await this.transactions.run(async (tx) => {
        const order = await this.book.open(tx, actor, draft);
        await this.jobs.send(tx, placeOrder, { installationId, opportunityId, orderId: order.id });
        return order;
      });
    } catch (error) {
      // A trigger, or another person, came first; theirs is open, or has ended already.
      if (!(error instanceof OrderRaceLost) || racesLeft === 0) throw error;
      return this.open(actor, installation, opportunity, racesLeft - 1);
    }
  }

  /** @throws DomainError `order_open` */
  private async latestUnlessOpen(installationId: string, opportunityId: string): Promise<Order | null> {
    const latest = await this.book.openOrLatest(installationId, opportunityId);
    if (!latest || isFinal(latest.status)) return latest;
    const advice =
      latest.providerOrderGuid !== null
        ? ' It runs at VICTIG, and goes on there when it is canceled here: have VICTIG stop it, or a second check is paid for.'
        : latest.status === 'error'
          ? ' Retry it, or discard it first.'
          : ' Cancel it first.';
    const inDoubt = whetherAtVictig(latest) === 'unknown' ? ` ${NEXT_WAITS}` : '';
    throw new DomainError(
      'conflict',
      'order_open',
      `The order ${latest.id} of this opportunity is ${shownStatus(latest.status)}: another can be placed once it is complete, rejected or canceled.${advice}${inDoubt}`,
      { allowedStatuses: ['complete', 'rejected', 'canceled'] },
    );
  }
}

function demandOrdering({ state, configuration }: Installation): void {
  if (state !== 'active') {
    throw new DomainError(
      'conflict',
      'installation_not_active',
      `The installation is ${state}: orders are placed only while it is active.`,
    );
  }
  if (!isCertified(configuration.certification)) {
    throw new DomainError(
      'conflict',
      'not_certified',
      'No certification of permissible purpose is recorded for the installation: record one first.',
    );
  }
}

function demandFit(opportunity: Opportunity | null): asserts opportunity is Opportunity {
  if (!opportunity) {
    throw new DomainError(
      'not_found',
      'opportunity_not_found',
      'Lever has no such opportunity, or the credentials may not see it.',
    );
  }
  if (opportunity.archived) {
    throw new DomainError(
      'conflict',
      'opportunity_archived',
      'The opportunity is archived in Lever: nothing is ordered for it as long as it is.',
    );
  }
  if (opportunity.anonymized) {
    throw new DomainError(
      'conflict',
      'candidate_anonymized',
      'The candidate was anonymized in Lever: there is nobody to check.',
    );
  }
}
