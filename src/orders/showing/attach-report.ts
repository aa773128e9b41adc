import { Injectable } from '@nestjs/common';
import { DataSource, type Repository } from 'typeorm';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import { NotConnected } from '../../installations/vendor-credentials.js';
import { Clock } from '../../platform/clock.js';
import { Transactions } from '../../platform/database/transactions.js';
import { ANOTHER_ACCOUNT, UpstreamError } from '../../platform/errors/upstream-error.js';
import { ServicePause } from '../../platform/pause/service-pause.js';
import { SharedClock } from '../../platform/shared-clock.js';
import { Handles, type JobHandler, type JobRun } from '../../platform/jobs/job-handler.js';
import { WaitsForPerson } from '../../platform/jobs/waits-for-person.js';
import type { Order } from '../domain/order.js';
import { ATTACH_ATTEMPTS, attachReport, type AttachJob } from '../jobs.js';
import { LateWrites } from './late-writes.js';
import { OrderBook, OrderRaceLost } from '../order-book.js';
import { failureOf } from '../order-trouble.js';
import { ApplicantTracking } from '../ports/applicant-tracking.js';
import { ScreeningProvider } from '../ports/screening-provider.js';
import { fileNameOf, ReportFileRow } from './report-file.entity.js';
import { assertSettled, endsBy, surelyNotDone } from './unsettled-write.js';

const ACTOR = `job:${attachReport.name}`;

/** Failures of the report itself, or of where it lies, which no later try mends. */
const HOPELESS: ReadonlySet<string> = new Set([
  'host_not_configured',
  'insecure_scheme',
  'private_address',
  'file_too_large',
  'not_a_pdf',
  'no_perform_as',
]);

/**
 * Uploads a completed report's PDF to the opportunity's files, once (R5). Notes and tags never wait for it: a
 * failure is a warning of the order, and after a bounded number of tries the last word. Without access to Lever it waits for a
 * person, as all else does that is to be shown there, reads no report, and uses up none of them (I6).
 */
@Handles(attachReport)
@Injectable()
export class AttachReport implements JobHandler<AttachJob> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tracking: ApplicantTracking,
    private readonly provider: ScreeningProvider,
    private readonly installations: InstallationDirectory,
    private readonly book: OrderBook,
    private readonly clock: Clock,
    private readonly sharedClock: SharedClock,
    private readonly pause: ServicePause,
    private readonly transactions: Transactions,
    private readonly lateWrites: LateWrites,
  ) {}

  async handle(job: AttachJob, { attempt }: JobRun): Promise<void> {
    const order = await this.book.find(job);
    if (!order) return;
    if (order.erasedAt !== null) {
      // An earlier try may have died between uploading it and writing that down.
      await this.transactions.run((tx) => this.lateWrites.removeAgain(tx, order));
      return;
    }
    try {
      await this.attachOnce(order, job.reference);
    } catch (thrown) {
      const { error, isGone } = await this.causeOf(order, thrown);
      const failure = failureOf(error);
      if (failure === null) throw error;
      if (error instanceof Error && (await this.lacksAccess(order, error))) {
        await this.warnOnce(order, failure.failure);
        throw new WaitsForPerson(error);
      }
      const code = error instanceof UpstreamError ? (error.details.code ?? null) : null;
      const givenUp = attempt >= ATTACH_ATTEMPTS || isGone || isHopeless(error);
      await this.warn(order, { failure: failure.failure, code, givenUp });
      if (!givenUp) throw error;
    }
  }

  /**
   * And whether the opportunity is gone, which one 404 does not say. To the credentials of another account all opportunities
   * seem to be gone: then they are the cause.
   */
  private async causeOf(
    { installationId, opportunityId }: Order,
    error: unknown,
  ): Promise<{ error: unknown; isGone: boolean }> {
    if (!isMissingInLever(error)) return { error, isGone: false };
    return this.tracking.readOpportunity(installationId, opportunityId).then(
      (opportunity) => ({ error, isGone: opportunity === null }),
      (cause: unknown) => ({ error: cause, isGone: false }),
    );
  }

  private async attachOnce(order: Order, reference: string): Promise<void> {
    const { installationId, id: orderId, opportunityId, clientGuid, providerOrderGuid } = order;
    if (clientGuid === null || providerOrderGuid === null) return;
    const known = await this.rows.findOneBy({ installationId, orderId, reference });
    if (known?.fileId) return;
    // Without it the report would be read for nothing, and what VICTIG says to that would use up tries.
    await this.tracking.demandAccess(installationId);
    const name = fileNameOf(reference);
    const earlier = known?.uploadStartedAt ?? null;
    if (earlier !== null || this.pause.forgottenSince(order.createdAt) !== null) {
      const fileId = await this.tracking.findFile(installationId, opportunityId, name);
      if (fileId !== null) {
        if (!known) await this.mark(order, reference, null);
        return this.attached(order, reference, fileId, true);
      }
      if (earlier !== null) {
        assertSettled('POST /opportunities/:id/files', earlier, await this.sharedClock.now());
      }
    }
    const content = await this.provider.readReport(installationId, {
      clientGuid,
      orderGuid: providerOrderGuid,
      orderId,
      fileNumber: order.fileNumber,
    });
    const begunAt = this.clock.now();
    // Written down before it is uploaded: who finds it so looks for the file before uploading again.
    const uploadStartedAt = await this.mark(order, reference, earlier);
    let fileId: string;
    try {
      const file = { name, content };
      fileId = await this.tracking.attachFile(installationId, opportunityId, file, endsBy(begunAt));
    } catch (error) {
      if (surelyNotDone(error)) {
        // Its own mark only: another run may be uploading it since.
        const own = { installationId, orderId, reference, uploadStartedAt };
        await this.rows.update(own, { uploadStartedAt: null });
      }
      throw error;
    }
    await this.attached(order, reference, fileId, false);
  }

  /** The answer by which it is found out that access is lost is a refusal like others. */
  private async lacksAccess({ installationId }: Order, error: Error): Promise<boolean> {
    if (error instanceof NotConnected) return error.vendor === 'Lever';
    return (
      error instanceof UpstreamError &&
      error.failure === 'unauthorized' &&
      error.details.vendor === 'Lever' &&
      (error.details.code === ANOTHER_ACCOUNT || (await this.isRefused(installationId)))
    );
  }

  private async isRefused(installationId: string): Promise<boolean> {
    const installation = await this.installations.find(installationId);
    return installation !== null && installation.leverRefusedAt !== null;
  }

  private get rows(): Repository<ReportFileRow> {
    return this.dataSource.getRepository(ReportFileRow);
  }

  /**
   * Answers when uploading it begins, by the clock that all processes share.
   * @throws OrderRaceLost when another run marked or uploaded it since it was read, or the order was
   *   erased (A3)
   */
  private async mark(
    { installationId, id: orderId, sequence }: Order,
    reference: string,
    asRead: Date | null,
  ): Promise<Date> {
    const [marked] = await this.dataSource.query<{ uploadStartedAt: Date }[]>(
      `INSERT INTO report_files AS known (installation_id, order_id, reference, upload_started_at)
       SELECT installation_id, id, $3, ${this.sharedClock.sql()} FROM orders
       WHERE installation_id = $1 AND id = $2 AND erased_at IS NULL
       -- An erasure is either done before it, or finds it written down.
       FOR KEY SHARE
       ON CONFLICT (installation_id, order_id, reference) DO UPDATE SET upload_started_at = EXCLUDED.upload_started_at
         WHERE known.file_id IS NULL AND known.upload_started_at IS NOT DISTINCT FROM $4
       RETURNING upload_started_at AS "uploadStartedAt"`,
      [installationId, orderId, reference, asRead],
    );
    if (!marked) throw new OrderRaceLost(orderId, sequence);
    return marked.uploadStartedAt;
  }

  private async attached(order: Order, reference: string, fileId: string, found: boolean): Promise<void> {
    const { installationId, id: orderId } = order;
    await this.book.note(ACTOR, order, {
      event: { kind: 'report_attached', data: { reference, foundAgain: found } },
      audit: { action: 'lever.report_attached', data: { reference, fileId, found } },
      also: async (tx, current) => {
        await tx.manager.update(
          ReportFileRow,
          { installationId, orderId, reference },
          { fileId, attachedAt: this.clock.now(), uploadStartedAt: null },
        );
        await this.lateWrites.removeAgain(tx, current);
      },
      warnings: { report_not_attached: [] },
    });
  }

  /** It may wait for long, and says so no more often than there is news. */
  private async warnOnce(order: Order, failure: string): Promise<void> {
    const warned = order.reportWarnings.find(({ code }) => code === 'report_not_attached');
    if (warned?.details.includes(failure)) return;
    await this.warn(order, { failure, code: null, givenUp: false });
  }

  private async warn(
    order: Order,
    data: { failure: string; code: string | null; givenUp: boolean },
  ): Promise<void> {
    await this.book.note(ACTOR, order, {
      event: { kind: 'attach_failed', data },
      // Of an order that was erased meanwhile it may come true, and no later try looks after it.
      also: (tx, current) => this.lateWrites.removeAgain(tx, current),
      warnings: { report_not_attached: [data.code ?? data.failure] },
    });
  }
}

const isMissingInLever = (error: unknown): boolean =>
  error instanceof UpstreamError && error.details.vendor === 'Lever' && error.details.status === 404;

/**
 * Also what Lever refuses: it would refuse the same file again, though it may find the opportunity again. What VICTIG
 * refuses is not ready yet.
 */
const isHopeless = (error: unknown): boolean =>
  error instanceof UpstreamError &&
  (HOPELESS.has(error.details.code ?? '') ||
    (error.details.vendor === 'Lever' &&
      error.failure === 'rejected' &&
      !isMissingInLever(error) &&
      error.details.code !== 'RequestTimeout'));
