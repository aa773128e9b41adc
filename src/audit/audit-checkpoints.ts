import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { CheckpointSealer } from './checkpoint-sealer.js';
import { sealAudit } from './jobs.js';

/** Has the trail sealed every few minutes (A2). */
@Handles(sealAudit)
@Injectable()
export class AuditCheckpoints implements JobHandler<object>, OnApplicationBootstrap {
  constructor(
    private readonly sealer: CheckpointSealer,
    private readonly jobs: JobQueue,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(sealAudit, {}, this.config.audit.checkpointSeconds);
  }

  async handle(): Promise<void> {
    await this.sealer.seal();
  }
}
