import type { Logger } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { withCause } from '../cause.js';
import type { Clock } from '../clock.js';
import { reasonOf } from '../errors/describe-error.js';
import type { VendorCallRecords } from '../http/vendor-call-records.js';
import { CallLog, logCalls } from '../http/vendor-calls.js';
import { noteFailure } from '../tracing/spans.js';
import type { Stories } from '../tracing/stories.js';
import { DEAD_LETTERS } from './dead-letter-queue.js';
import type { DeclaredJob } from './job-definition.js';
import type { JobHandler } from './job-handler.js';
import type { JobMeter } from './job-meter.js';
import { envelopeOf, jobOrigin, withOrigin } from './job-origin.js';
import type { JobEnd } from './job-pump.js';
import { countsAsTry, retryDelayMs } from './retry-delay.js';
import { traceJob } from './trace-job.js';

const envelope = z.object({ attempt: z.int().min(1), origin: jobOrigin.optional(), payload: z.unknown() });

const withPayload = z.object({ payload: z.unknown() });

/** Whose story it belongs to, where that is known from the start. */
const subject = z.object({ installationId: z.string(), orderId: z.string() });

export interface JobTriesParts {
  /** Jobs of a key that wait in a queue. */
  findWaiting: (
    queue: string,
    key: string,
  ) => Promise<{ data: unknown; sourceName?: string | null | undefined }[]>;
  /** Resolves once the next try is committed. */
  sendNext: (job: DeclaredJob, data: ReturnType<typeof envelopeOf>, waitMs: number) => Promise<void>;
  calls: VendorCallRecords;
  meter: JobMeter;
  stories: Stories;
  clock: Clock;
  /** How long a job waits whose credentials were refused. */
  refusedMs: number;
  logger: Logger;
}

/** One try at a job, and what follows from how it ends: the next try, a dead letter, or nothing (ADR 2). */
export class JobTries {
  constructor(private readonly parts: JobTriesParts) {}

  /** @param data as it was in the queue. Never rejects for what the job does. */
  async run(job: DeclaredJob, handler: JobHandler<object>, id: string, data: unknown): Promise<JobEnd> {
    const read = envelope.safeParse(data);
    // Apart, for zod compiles each schema when it is first used: one that is made for a job would be thrown away with it.
    const checked = job.payload.safeParse(read.data?.payload);
    if (!read.success || !checked.success) {
      this.parts.meter.start(job.name).ended('given_up');
      this.parts.logger.error({ job: job.name, jobId: id }, 'a job cannot be read');
      return { kind: 'given_up', reason: 'its payload cannot be read' };
    }
    const { attempt, origin = {} } = read.data;
    const payload = checked.data;
    const about = subject.safeParse(payload).data ?? null;
    const work = {
      sentBy: origin.trace,
      story: await this.parts.stories.of(about),
      subject: about,
      facts: { 'job.id': id, 'job.name': job.name, 'job.attempt': attempt },
    };
    const calls = new CallLog(about);
    return withCause('job', id, () =>
      withOrigin(origin, () =>
        traceJob(job.name, work, () =>
          logCalls(calls, () => this.attempt(job, handler, id, { attempt, payload }, calls)),
        ),
      ),
    );
  }

  private async attempt(
    job: DeclaredJob,
    handler: JobHandler<object>,
    id: string,
    { attempt, payload }: { attempt: number; payload: object },
    calls: CallLog,
  ): Promise<JobEnd> {
    const metered = this.parts.meter.start(job.name);
    let nextTryAt: Date | null = null;
    try {
      await handler.handle(payload, { attempt });
      metered.ended('done');
      return { kind: 'done' };
    } catch (error) {
      noteFailure(error);
      const delayMs = retryDelayMs(job.retry, error, attempt, Math.random(), this.parts.refusedMs);
      const reason = reasonOf(error);
      if (job.retry.letGo && (delayMs === null || (await this.isCovered(job, payload)))) {
        metered.ended('let_go');
        this.parts.logger.warn({ job: job.name, jobId: id, attempt, reason }, 'a job is let go');
        return { kind: 'done' };
      }
      if (delayMs === null) {
        metered.ended('given_up');
        this.parts.logger.error({ err: error, job: job.name, jobId: id, attempt }, 'a job is given up');
        const isTold = job.retry.tellOnce === true && (await this.waitsGivenUp(job, payload));
        return isTold ? { kind: 'done' } : { kind: 'given_up', reason };
      }
      metered.ended(countsAsTry(error) ? 'failed' : 'postponed');
      this.parts.logger.warn(
        { job: job.name, jobId: id, attempt, delayMs, reason },
        'a job failed and is tried again',
      );
      nextTryAt = new Date(this.parts.clock.now().getTime() + delayMs);
      // The successor is committed before this job ends: a crash between the two leaves one job too many,
      // which is harmless, and never one too few.
      const next = envelopeOf(attempt + (countsAsTry(error) ? 1 : 0), payload);
      await this.parts.sendNext(job, next, delayMs);
      return { kind: 'done' };
    } finally {
      await this.tell(calls, { cause: job.name, attempt, nextTryAt });
    }
  }

  /** The story of an order is told as well as it can be; work that was done is not undone for it. */
  private async tell(calls: CallLog, run: Parameters<VendorCallRecords['keep']>[1]): Promise<void> {
    try {
      await this.parts.calls.keep(calls, run);
    } catch (error) {
      this.parts.logger.error({ err: error, job: run.cause }, 'calls to vendors could not be written down');
    }
  }

  /** Another job of the same key waits, and will do as much. */
  private async isCovered(job: DeclaredJob, payload: object): Promise<boolean> {
    const waiting = await this.parts.findWaiting(job.name, job.keyOf(payload));
    return waiting.some(({ data }) => job.isCoveredBy(payload, withPayload.safeParse(data).data?.payload));
  }

  /** The very same job waits for a person already. Where the queue does not say, one more does no harm. */
  private async waitsGivenUp(job: DeclaredJob, payload: object): Promise<boolean> {
    const waiting = await this.parts.findWaiting(DEAD_LETTERS, job.keyOf(payload)).catch(() => []);
    return waiting.some(
      (letter) =>
        letter.sourceName === job.name &&
        isDeepStrictEqual(withPayload.safeParse(letter.data).data?.payload, payload),
    );
  }
}
