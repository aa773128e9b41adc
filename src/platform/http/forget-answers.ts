import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import { defineJob } from '../jobs/job-definition.js';
import { Handles, type JobHandler } from '../jobs/job-handler.js';
import { JobQueue } from '../jobs/job-queue.js';
import { IdempotentRequests } from './idempotent-requests.js';

/** Removes answers that were kept for their `Idempotency-Key` and whose day is over. */
export const forgetAnswers = defineJob({
  name: 'forget-answers',
  payload: z.object({}),
  key: () => 'all',
  retry: { maxAttempts: 1, firstDelayMs: 1_000, maxDelayMs: 1_000, letGo: true },
});

const INTERVAL_SECONDS = 3_600;

@Handles(forgetAnswers)
@Injectable()
export class ForgetAnswers implements JobHandler<object>, OnApplicationBootstrap {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly jobs: JobQueue,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(forgetAnswers, {}, INTERVAL_SECONDS);
  }

  handle(): Promise<void> {
    return this.requests.forgetOld();
  }
}
