import { Injectable } from '@nestjs/common';
import type { AuditAction } from '../../audit/audit-entry.js';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { Clock } from '../../platform/clock.js';
import type { Transaction } from '../../platform/database/transactions.js';
import { withPriority } from '../../platform/http/call-priority.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { listingAfterSilence, listingOnceRead } from '../domain/follow-listed.js';
import { nextStep, type NextStep } from '../domain/next-step.js';
import { isCanceledAtProvider, type Order } from '../domain/order.js';
import type { LateResults } from '../domain/order-event.js';
import { isFinal } from '../domain/order-status.js';
import { isSameQuickApp, quickAppNow } from '../domain/quick-app.js';
import { attachReport, refreshOrder, reportJobOf, reportProgress, type RefreshOrderJob } from '../jobs.js';
import { KeptCallbacks } from '../placing/kept-callbacks.js';
import { OrderBook, OrderRaceLost, type Step } from '../order-book.js';
import { OrderTrouble, OUT_OF_TROUBLE } from '../order-trouble.js';
import { OrderVault, type OrderResults } from '../order-vault.js';
import { ScreeningProvider, type ScreeningOrder } from '../ports/screening-provider.js';
import { missingReport, untoldReport } from '../showing/result-notes.js';

/** An order as it was just read. */
interface Seen {
  /** The order as it was before that. */
  before: Order;
  observed: ScreeningOrder;
  /** What the provider's list says of it, or would say. */
  listedAs: string;
  /** Asks for what was found, once. */
  results: () => Promise<Pick<OrderResults['report'], 'searches' | 'reportLink'>>;
}

/** So often it is decided anew, when others move the order on meanwhile, before it is read at the provider again. */
const MOST_RACES = 5;

const ACTOR = `job:${refreshOrder.name}`;

/** Reads an order at the provider and takes the next step; may run twice, late or in vain (V2). */
@Handles(refreshOrder)
@Injectable()
export class RefreshOrder implements JobHandler<RefreshOrderJob> {
  private readonly finds;

  constructor(
    private readonly installations: InstallationDirectory,
    private readonly provider: ScreeningProvider,
    private readonly book: OrderBook,
    private readonly vault: OrderVault,
    private readonly trouble: OrderTrouble,
    private readonly callbacks: KeptCallbacks,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.finds = metrics.counter('reconciler_finds_total', {
      help: 'Changes at VICTIG that no callback told of, by what had the order read: a list of orders, or its silence',
      labelNames: ['by'],
      known: [{ by: 'list' }, { by: 'silence' }],
    });
  }

  async handle(job: RefreshOrderJob): Promise<void> {
    const work = (): Promise<void> => this.refresh(job);
    return job.polling ? withPriority('polling', work) : work();
  }

  private async refresh(job: RefreshOrderJob): Promise<void> {
    const order = await this.book.find(job);
    if (!order || order.providerOrderGuid === null || order.clientGuid === null) return;
    // Of an erased order nothing is taken in again (A3).
    if (order.erasedAt !== null) return;
    const { clientGuid, providerOrderGuid: orderGuid, id: orderId } = order;
    const at = { clientGuid, orderGuid, orderId };
    await this.callbacks.settle(order);
    try {
      const observed = await this.provider.readOrder(order.installationId, at);
      let found: ReturnType<Seen['results']> | undefined;
      // What was begun is finished first: to give it up now would be calls in vain, and as many again (F3).
      const results: Seen['results'] = () =>
        (found ??= withPriority('order', () =>
          this.provider.readResults(order.installationId, { ...at, fileNumber: observed.fileNumber }),
        ));
      // Asked for before the turn is taken, where it is likely to be needed.
      if ((await this.nextStepOf(order, observed)).takeResults) await results();
      await this.act(job, {
        before: order,
        observed,
        listedAs: job.polling
          ? listingAfterSilence(order, observed)
          : listingOnceRead(order.listedAs, observed),
        results,
      });
    } catch (error) {
      // The day's calls are kept for those who know that something happened; the reconciler asks again.
      if (job.polling && isHeldBack(error)) return;
      await this.trouble.note(ACTOR, order, error);
      throw error;
    }
  }

  /**
   * The order has often moved on meanwhile, as when its first tag was shown; what was seen is no older for that.
   * @throws OrderRaceLost when another run wrote down what it saw: whether that is newer only the provider can say
   */
  private async act(job: RefreshOrderJob, seen: Seen, racesLeft = MOST_RACES): Promise<void> {
    try {
      await this.book.inTurn(job.orderId, async () => {
        const order = await this.book.find(job);
        if (!order || order.erasedAt !== null) return;
        if (!isSeenAlike(order, seen.before)) throw new OrderRaceLost(order.id, seen.before.sequence);
        await this.takeStep(order, seen);
        if (seen.observed.rawStatus !== order.rawStatus) this.countFind(job);
      });
    } catch (error) {
      if (!(error instanceof OrderRaceLost) || racesLeft === 0) throw error;
      await this.act(job, seen, racesLeft - 1);
    }
  }

  private countFind({ listed, polling }: RefreshOrderJob): void {
    if (listed) this.finds.inc({ by: 'list' });
    else if (polling) this.finds.inc({ by: 'silence' });
  }

  private async takeStep(order: Order, seen: Seen): Promise<void> {
    const step = await this.nextStepOf(order, seen.observed);
    if (!step.takeResults) {
      await this.follow(order, seen, step);
      return;
    }
    await this.takeResults(order, seen, step);
  }

  /** One that VICTIG canceled follows VICTIG again, unless another overtook it, whose the opportunity is by now (T7, S4). */
  private async nextStepOf(order: Order, observed: ScreeningOrder): Promise<NextStep> {
    if (!isCanceledAtProvider(order)) return nextStep(order, observed);
    return nextStep(order, observed, (await this.book.overtakenBy(order)) === null);
  }

  /** What VICTIG tells of the order beside how far it is, where that is news: its number, and the candidate's invitation. */
  private stepsBeside(order: Order, seen: Seen): Step[] {
    return [...this.numberSteps(order, seen), ...this.invitationSteps(order, seen)];
  }

  /** Who asks VICTIG for the order has to name it; the answer to its submission may have had no number yet. */
  private numberSteps(order: Order, { observed: { fileNumber }, listedAs }: Seen): Step[] {
    if (fileNumber === '' || fileNumber === order.fileNumber) return [];
    const patch = { fileNumber, listedAs, refreshedAt: this.clock.now() };
    return [{ event: { kind: 'file_number', data: { fileNumber } }, patch }];
  }

  /** Keeps what became of the candidate's invitation; an end that is near is said once. */
  private invitationSteps(order: Order, { observed, listedAs }: Seen): Step[] {
    const quickApp = quickAppNow(order.quickApp, observed, this.clock.now());
    if (quickApp === null || isSameQuickApp(quickApp, order.quickApp)) return [];
    const patch = { quickApp, listedAs, refreshedAt: this.clock.now() };
    return [{ event: { kind: 'quick_app', data: quickApp }, patch }];
  }

  private async follow(order: Order, seen: Seen, step: NextStep): Promise<void> {
    const { observed } = seen;
    const results = await this.lateResults(order, observed);
    const isNews =
      observed.rawStatus !== order.rawStatus ||
      step.moveTo !== null ||
      step.reason !== null ||
      order.trouble !== null ||
      results !== null ||
      isFormNews(order, observed);
    const beside = this.stepsBeside(order, seen);
    if (!isNews) {
      await (beside.length > 0
        ? this.book.step(ACTOR, order, ...beside.map((each) => ({ ...each, also: READ_AGAIN })))
        : this.book.touch(order, seen.listedAs));
      return;
    }
    const move = this.moveOf(order, seen, step);
    const revision = order.reportRevision + 1;
    await this.book.step(ACTOR, order, ...beside, {
      event: {
        kind: 'observed',
        data: { rawStatus: observed.rawStatus, unknown: step.unknownStatus, ...(results && { results }) },
      },
      ...move,
      patch: { ...move.patch, ...(results && { reportRevision: revision, endedAt: this.clock.now() }) },
      ...(results && { audit: resultsTaken(revision) }),
      also: async (tx) => {
        if (step.moveTo !== null) await this.jobs.send(tx, reportProgress, reportJobOf(order));
        else await READ_AGAIN(tx);
        // It may not have been ready while it was reopened.
        const report = isCompleteAgain(order, observed) ? missingReport(order) : null;
        if (report !== null) await this.jobs.hurry(tx, attachReport, report);
      },
      warnings: {
        status_unknown: step.unknownStatus ? [observed.rawStatus] : [],
        ...(isFormNews(order, observed) && { decision_unknown: formOf(observed) }),
      },
    });
  }

  /** Of an order that had ended before, results are told in its history and nowhere else (S4). Null: none, or no new ones. */
  private async lateResults(
    order: Order,
    { phase, flagged, decision }: ScreeningOrder,
  ): Promise<LateResults | null> {
    if (order.status === 'complete' || !isFinal(order.status) || phase !== 'complete') return null;
    const told = await this.book.lateResultsOf(order);
    return told?.flagged === flagged && told.decision === decision ? null : { flagged, decision };
  }

  private async takeResults(order: Order, seen: Seen, step: NextStep): Promise<void> {
    const { observed } = seen;
    const { flagged, decision } = observed;
    const results = resultsOf(order, observed, await seen.results(), await this.vault.results(order));
    const revision = results.revisions.length;
    const move = this.moveOf(order, seen, step);
    const resultsSealed = await this.vault.sealResults(order, results);
    const { installationId, id: orderId, settingsVersion } = order;
    const { settings } = await this.installations.configurationAt(installationId, settingsVersion);
    const reference = untoldReport(order, results, settings);
    await this.book.step(ACTOR, order, ...this.stepsBeside(order, seen), {
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
        // A decision that is made later leaves the provider's date of completion as it was.
        endedAt: this.clock.now(),
        reportRevision: revision,
        resultsSealed,
      },
      audit: resultsTaken(revision),
      also: async (tx) => {
        await this.jobs.send(tx, reportProgress, reportJobOf(order));
        if (reference !== null)
          await this.jobs.send(tx, attachReport, { installationId, orderId, reference });
      },
      warnings: { status_unknown: [], decision_unknown: formOf(observed) },
    });
  }

  private moveOf(
    order: Order,
    { observed, listedAs }: Seen,
    step: NextStep,
  ): Pick<Step, 'moveTo' | 'reason' | 'audit'> & { patch: NonNullable<Step['patch']> } {
    const { moveTo, reason } = step;
    const patch = {
      ...OUT_OF_TROUBLE,
      rawStatus: observed.rawStatus,
      listedAs,
      refreshedAt: this.clock.now(),
    };
    if (moveTo !== null || reason === null) return { moveTo: moveTo ?? order.status, reason, patch };
    return {
      patch: { ...patch, statusReason: reason },
      audit: { action: 'order.reason_changed', data: { status: order.status, reason } },
    };
  }
}

/** @param earlier what was taken before, if anything: of each time its flag and decision are kept */
function resultsOf(
  order: Order,
  { fileNumber, orderedAt, completedAt, flagged, decision, decisionForm }: ScreeningOrder,
  { searches, reportLink }: Awaited<ReturnType<Seen['results']>>,
  earlier: OrderResults | null,
): OrderResults {
  return {
    report: {
      product: order.productName ?? '',
      client: order.clientName ?? '',
      fileNumber,
      orderedAt: (orderedAt ?? order.orderedAt)?.toISOString() ?? null,
      completedAt: completedAt?.toISOString() ?? null,
      flagged,
      decision,
      searches,
      reportLink,
    },
    revisions: [
      ...(earlier?.revisions ?? []),
      { flagged, decision, isDecisionUnknown: decisionForm !== undefined },
    ],
  };
}

const formOf = ({ decisionForm }: ScreeningOrder): string[] =>
  decisionForm === undefined ? [] : [decisionForm];

/** Of a report that is shown: whether a decision that cannot be told has come, or gone, without other news. */
const isFormNews = (order: Order, observed: ScreeningOrder): boolean =>
  order.status === 'complete' &&
  observed.phase === 'complete' &&
  order.reportWarnings.some(({ code }) => code === 'decision_unknown') !==
    (observed.decisionForm !== undefined);

const isCompleteAgain = (order: Order, { phase, rawStatus }: ScreeningOrder): boolean =>
  order.status === 'complete' && phase === 'complete' && rawStatus !== order.rawStatus;

/** Forgotten together with the end of the job, the order is read once more. */
const READ_AGAIN = async (tx: Transaction): Promise<void> => tx.mayBeForgotten();

/** Once for each revision, also where it moves nothing. */
const resultsTaken = (revision: number): AuditAction => ({
  action: 'order.results_taken',
  data: { revision },
});

/** It is us who held the call back, for others of ours. */
const isHeldBack = (error: unknown): boolean =>
  error instanceof UpstreamError && error.failure === 'rate_limited' && error.details.fate === 'not_sent';

/** Whether nothing was seen at the provider between the two. */
const isSeenAlike = (a: Order, b: Order): boolean =>
  a.rawStatus === b.rawStatus &&
  a.reportRevision === b.reportRevision &&
  a.flagged === b.flagged &&
  a.decision === b.decision;
