import { Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import type { OrderRequest } from '../../mapping/order-request.js';
import { refusal, type Refusal } from '../../mapping/refusals.js';
import { Clock } from '../../platform/clock.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { SharedClock } from '../../platform/shared-clock.js';
import { isFinal } from '../domain/order-status.js';
import { mayTurnOutPlaced, type Order } from '../domain/order.js';
import { tagsInDoubt, wantedOf } from '../domain/shown-tags.js';
import type { Submission } from '../domain/unanswered-submissions.js';
import { EarlierSubmissions } from './earlier-submissions.js';
import { FindSubmitted, type Submitted } from './find-submitted.js';
import { isGivenUp } from './given-up.js';
import { placeOrder, refreshOrder, reportJobOf, reportProgress } from '../jobs.js';
import { LostOrders } from './lost-orders.js';
import type { MappedOrder } from './map-order.js';
import { OrderBook, OrderRaceLost, type Step } from '../order-book.js';
import { OrderMapper } from './order-mapper.js';
import { OUT_OF_TROUBLE } from '../order-trouble.js';
import { OrderVault } from '../order-vault.js';
import { ScreeningProvider, type ProviderNames, type ScreeningOrder } from '../ports/screening-provider.js';

/**
 * How long the provider may still be working on a submission whose answer never came. Until then an order that
 * is not to be found may yet appear, so it is looked for and not submitted again.
 */
const SUBMISSION_SETTLES_MS = 60_000;

/** A submission begins within this time or not at all, so that it has ended when `SUBMISSION_SETTLES_MS` are over. */
const SUBMISSION_BEGINS_MS = 25_000;

/** An earlier submission may still come true: look again later. */
const submissionUnsettled = ({ vendor, submitOrder: operation }: ProviderNames): UpstreamError =>
  new UpstreamError('timed_out', { vendor, operation, fate: 'unknown', retryAfterMs: 5_000 });

/** The provider answered that it will not take this: the recruiter has to mend something. */
class Refused extends Error {
  constructor(readonly answer: UpstreamError) {
    super(answer.message);
  }
}

/** Only 400 and 422 are refusals; whatever else fails is not the recruiter's fault (S3). */
async function orRefused<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.failure !== 'rejected') throw error;
    const { status } = error.details;
    throw status === 400 || status === 422 ? new Refused(error) : error;
  }
}

/** Places an order at the provider at most once (V4): every step is written down before the next is taken. */
@Injectable()
export class SubmitOrder {
  constructor(
    private readonly provider: ScreeningProvider,
    private readonly book: OrderBook,
    private readonly vault: OrderVault,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    private readonly sharedClock: SharedClock,
    private readonly lost: LostOrders,
    private readonly submitted: FindSubmitted,
    private readonly earlier: EarlierSubmissions,
    private readonly installations: InstallationDirectory,
    private readonly mapper: OrderMapper,
  ) {}

  /**
   * Finds out what became of an earlier submission. Answers the order when nothing is under way, so that it may be
   * mapped and submitted; null when it turned out to be placed.
   * @throws UpstreamError while the submission may still come true
   */
  async settle(actor: string, order: Order): Promise<Order | null> {
    const found = await this.lookUp(order);
    if (!found && order.submitStartedAt === null) return order;
    if (!found) {
      return this.book.step(actor, order, {
        event: { kind: 'submit_not_received', data: { failure: 'not_found' } },
        patch: { submitStartedAt: null },
      });
    }
    await this.placed(actor, order, found.placed, found.submission);
    return null;
  }

  /**
   * Finds out what became of a submission whose order ended meanwhile. One that the provider holds nonetheless is open
   * again (ADR 44). Where a person ended it, or another overtook it, it stays ended, and people are told.
   * @throws UpstreamError while the submission may still come true
   */
  async settleEnded(actor: string, order: Order): Promise<void> {
    if (order.providerOrderGuid !== null) return;
    const found = await this.lookUp(order);
    if (!found && order.submitStartedAt === null) return;
    if (!found) {
      await this.book.note(actor, order, {
        event: { kind: 'submit_not_received', data: { failure: 'not_found' } },
        patch: { submitStartedAt: null },
      });
      return;
    }
    // It may have ended silently: what the check before it shows since then is its own to replace.
    const shown = await this.book.shownOn(order);
    const other = shown?.id === order.id ? null : shown;
    const later = await this.book.overtakenBy(order);
    if (later === null && mayTurnOutPlaced(order)) {
      await this.placed(actor, order, found.placed, found.submission, other);
    } else {
      await this.placedAfterEnd(actor, order, found, { other, later });
    }
  }

  private async placedAfterEnd(
    actor: string,
    order: Order,
    { placed, submission }: Submitted,
    { other, later }: Record<'other' | 'later', Order | null>,
  ): Promise<void> {
    const { installationId, id: orderId } = order;
    const { orderGuid, fileNumber, rawStatus, orderedAt } = placed;
    const { clientGuid, clientName, productGuid, productName } = submission;
    const { settingsVersion, mappingWarnings } = { ...order, ...submission };
    await this.book.note(actor, order, {
      mayShow: tagsInDoubt(other ?? order, []),
      event: {
        kind: 'placed_after_end',
        data: { orderGuid, fileNumber, ...(later && { laterOrderId: later.id }) },
      },
      warnings: { placed_after_end: [fileNumber || orderGuid] },
      patch: {
        clientGuid,
        clientName,
        productGuid,
        productName,
        settingsVersion,
        mappingWarnings,
        providerOrderGuid: orderGuid,
        fileNumber,
        rawStatus,
        orderedAt,
        refreshedAt: this.clock.now(),
      },
      audit: { action: 'victig.order_placed', data: { orderGuid, fileNumber, found: true } },
      also: async (tx) => {
        await this.jobs.send(tx, reportProgress, reportJobOf(order));
        // It may be complete by now, and callbacks of it have waited for its id.
        await this.jobs.send(tx, refreshOrder, { installationId, orderId }, { inNoHurry: true });
      },
    });
  }

  /**
   * @param mapped of which nothing is under way
   * @param mapsAnew whether what was refused may be mapped once more, where it was of a product that is not there any more
   * @returns the order that is to be mapped anew, of which nothing is under way; null: there is none
   */
  async run(actor: string, mapped: MappedOrder, { mapsAnew }: { mapsAnew: boolean }): Promise<Order | null> {
    const { order, request } = mapped;
    // Placed by a database that this one is an older copy of.
    const found = await this.lost.find(order);
    if (found) {
      await this.placed(actor, order, found.placed, found.as);
      return null;
    }
    const withheld = await this.whyWithheld(actor, order);
    if (withheld) {
      await this.refused(actor, order, withheld);
      return null;
    }
    let known = order;
    try {
      known = await this.start(actor, order, request);
      await this.submit(actor, known, request);
      return null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const isOutdated =
        mapsAnew && known.submitStartedAt !== null && !(await this.isStillOffered(order, request));
      const current = await this.book.find({ installationId: order.installationId, orderId: order.id });
      if (!current) return null;
      // A run that took over may have submitted by now, and this answer says nothing of that.
      if (!(await this.submitted.isStillLatest(known, current)))
        throw new OrderRaceLost(known.id, known.sequence);
      // A person ended it meanwhile, and it stays so: neither is it refused nor mapped anew (S4).
      if (isFinal(current.status)) {
        if (current.submitStartedAt !== null) await this.notReceived(actor, current, error.answer);
        return null;
      }
      if (isOutdated) return this.notReceived(actor, current, error.answer);
      const messages = this.provider.explainRefusal(error.answer);
      await this.refused(actor, current, refusal('victig_refused', { messages }));
      return null;
    }
  }

  /**
   * What a person ended while its submission had no answer may be at the provider, and a second check would be paid for (T7). No
   * submission begins of an order that has ended, nor is another open: what is known here stays so.
   * @throws UpstreamError while the submission of an earlier order may still come true
   */
  private async whyWithheld(actor: string, order: Order): Promise<Refusal | null> {
    const known = await this.earlier.of(order);
    // By this order's own job: it waits for no other, which may be due much later.
    for (const one of known.unsettled) await this.settleEarlier(actor, one);
    const { foundAs } = known.unsettled.length === 0 ? known : await this.earlier.of(order);
    return foundAs === null ? null : refusal('earlier_order_placed', { fileNumber: foundAs });
  }

  /** That VICTIG keeps one to itself, or its client from the token of now, keeps no other order from being placed for ever. */
  private async settleEarlier(actor: string, earlier: Order): Promise<void> {
    try {
      await this.settleEnded(actor, earlier);
    } catch (error) {
      if (!isGivenUp(earlier, error, this.clock.now())) throw error;
    }
  }

  private async isStillOffered({ installationId }: Order, request: OrderRequest): Promise<boolean> {
    try {
      return await this.mapper.isStillOffered(installationId, request);
    } catch (error) {
      // Who maps it anew has to read the same, and waits until that can be read.
      if (error instanceof UpstreamError) return false;
      throw error;
    }
  }

  /** From here on until an answer comes a submission may be under way, whatever happens to this process. */
  private async start(actor: string, order: Order, request: OrderRequest): Promise<Order> {
    const created =
      order.applicantGuid === null
        ? await orRefused(
            this.provider.createApplicant(order.installationId, request.client.guid, request.applicant),
          )
        : null;
    return this.book.step(actor, order, ...(created === null ? [] : [applicantCreated(created)]), {
      event: {
        kind: 'submit_started',
        data: {
          applicantGuid: created ?? order.applicantGuid ?? '',
          clientGuid: request.client.guid,
          productGuid: request.product.guid,
        },
      },
      beginsSubmission: true,
    });
  }

  /** Null when nothing was submitted, or when nothing is known to have come of it in the time that it has. */
  private async lookUp(order: Order): Promise<Submitted | null> {
    const { submitStartedAt } = order;
    if (submitStartedAt === null) return this.submitted.find(order);
    // Another process may have written it, and what comes true after the look is not found by it.
    const sinceMs = (await this.sharedClock.now()).getTime() - submitStartedAt.getTime();
    const found = await this.submitted.find(order);
    if (!found && sinceMs < SUBMISSION_SETTLES_MS) throw submissionUnsettled(this.provider.names);
    return found;
  }

  private async submit(actor: string, started: Order, request: OrderRequest): Promise<void> {
    // By this process's clock, as the client will look at it.
    const startedAt = started.submitStartedAt ?? this.clock.now();
    let placed: ScreeningOrder;
    try {
      placed = await orRefused(
        this.provider.submitOrder(started.installationId, {
          clientGuid: request.client.guid,
          applicantGuid: started.applicantGuid ?? '',
          productGuid: request.product.guid,
          orderId: started.id,
          reference: request.reference,
          notifyApplicant: request.notifyApplicant,
          notAfter: new Date(startedAt.getTime() + SUBMISSION_BEGINS_MS),
        }),
      );
    } catch (error) {
      await this.forgetIfNotReceived(actor, started, error);
      throw error;
    }
    await this.placed(actor, started, placed, null);
  }

  /** A submission that surely was not carried out needs no looking up and may be repeated at once. */
  private async forgetIfNotReceived(actor: string, order: Order, error: unknown): Promise<void> {
    if (!(error instanceof UpstreamError) || error.details.fate === 'unknown') return;
    await this.notReceived(actor, order, error);
  }

  private async notReceived(actor: string, order: Order, error: UpstreamError): Promise<Order> {
    // What VICTIG does not find may be the applicant; where it does not find the next one either, it is something else.
    const isApplicantLost =
      error.details.status === 404 && !(await this.submitted.hasFurtherApplicant(order));
    return this.book.step(actor, order, {
      event: { kind: 'submit_not_received', data: { failure: error.failure } },
      patch: { submitStartedAt: null, ...(isApplicantLost && { applicantGuid: null }) },
    });
  }

  /**
   * @param found what it was sent as, where it was found and not answered, as far as that is known better than now
   * @param other whose tags are on the opportunity, where they are not its own
   */
  private async placed(
    actor: string,
    order: Order,
    at: ScreeningOrder,
    found: Partial<Submission> | null,
    other: Order | null = null,
  ): Promise<void> {
    const foundAgain = found !== null;
    const { installationId, opportunityId, id: orderId } = order;
    const { settingsVersion } = { ...order, ...found };
    const { settings } = await this.installations.configurationAt(installationId, settingsVersion);
    const wanted = wantedOf({ ...order, status: 'pending', providerOrderGuid: at.orderGuid }, settings);
    await this.book.step(actor, order, {
      event: { kind: 'placed', data: { orderGuid: at.orderGuid, fileNumber: at.fileNumber, foundAgain } },
      moveTo: 'pending',
      patch: {
        ...OUT_OF_TROUBLE,
        ...found,
        providerOrderGuid: at.orderGuid,
        fileNumber: at.fileNumber,
        rawStatus: at.rawStatus,
        orderedAt: at.orderedAt,
        refreshedAt: this.clock.now(),
        ...(order.status === 'rejected' && { orderedAfterAllAt: this.clock.now() }),
      },
      // What is to be shown of this step is known before it is tried.
      mayShow: tagsInDoubt(other ?? { ...order, shownTags: [] }, wanted),
      audit: {
        action: 'victig.order_placed',
        data: { orderGuid: at.orderGuid, fileNumber: at.fileNumber, found: foundAgain },
      },
      also: async (tx) => {
        await this.jobs.send(tx, reportProgress, reportJobOf(order));
        // The answer says less than the order, and callbacks may have overtaken it. First the recruiter is to see it.
        await this.jobs.send(tx, refreshOrder, { installationId, orderId }, { inNoHurry: true });
        // Meanwhile the candidate may have gone, unheard: who hears of it only sees what is placed.
        if (foundAgain) await this.jobs.send(tx, placeOrder, { installationId, opportunityId, orderId });
      },
    });
  }

  private async refused(actor: string, order: Order, why: Refusal): Promise<void> {
    const contentSealed = await this.vault.sealContent(order, { request: null, refusals: [why] });
    await this.book.step(actor, order, {
      event: { kind: 'refused', data: { codes: [why.code] } },
      moveTo: 'rejected',
      reason: why.code,
      patch: { ...OUT_OF_TROUBLE, submitStartedAt: null, contentSealed },
      also: (tx) => this.jobs.send(tx, reportProgress, reportJobOf(order)),
    });
  }
}

const applicantCreated = (applicantGuid: string): Step => ({
  event: { kind: 'applicant_created', data: { applicantGuid } },
  patch: { applicantGuid },
  audit: { action: 'victig.applicant_created', data: { applicantGuid } },
});
