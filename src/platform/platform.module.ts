import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessGuard } from './access/access-guard.js';
import { AdminKey } from './access/admin-key.entity.js';
import { AdminKeys } from './access/admin-keys.js';
import { Callers } from './access/callers.js';
import { KeyHashes } from './access/key-hashes.js';
import { OidcTokens } from './access/oidc-tokens.js';
import { RouteCheck } from './access/route-check.js';
import { Throttle } from './access/throttle.js';
import { Clock, SystemClock } from './clock.js';
import { appConfig, type AppConfig } from './config/app-config.js';
import { KeyRing } from './crypto/key-ring.js';
import { ChangeFeed } from './database/change-feed.js';
import { EmbeddedUpkeep } from './database/embedded-upkeep.js';
import { Transactions } from './database/transactions.js';
import { ProblemFilter } from './errors/problem-filter.js';
import { Ids, TimeOrderedIds } from './ids.js';
import { ForgetAnswers } from './http/forget-answers.js';
import { IdempotentRequests } from './http/idempotent-requests.js';
import { UndeclaredInput } from './http/undeclared-input.js';
import { VendorCallRecords } from './http/vendor-call-records.js';
import { DeadLetters } from './jobs/dead-letters.js';
import { DueJobs } from './jobs/due-jobs.js';
import { JobQueue } from './jobs/job-queue.js';
import { PgBossJobs } from './jobs/pg-boss-jobs.js';
import { QueueDepths } from './jobs/queue-depths.js';
import { ServicePause } from './pause/service-pause.js';
import { SharedClock } from './shared-clock.js';
import { MeasurePool } from './database/measure-pool.js';
import { MeasureQueues } from './jobs/measure-queues.js';
import { Measurements } from './metrics/measurements.js';
import { Metrics } from './metrics/metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Delivery } from './webhooks/delivery.entity.js';
import { Inbox } from './webhooks/inbox.js';
import { IntakePressure } from './webhooks/intake-pressure.js';

/** Plumbing that every room may use; it knows no feature. */
@Global()
@Module({
  imports: [DiscoveryModule, TypeOrmModule.forFeature([AdminKey, Delivery])],
  controllers: [MetricsController],
  providers: [
    { provide: Clock, useClass: SystemClock },
    SharedClock,
    { provide: Ids, useClass: TimeOrderedIds },
    {
      provide: KeyRing,
      useFactory: (config: AppConfig) => new KeyRing(config.encryption.keys),
      inject: [appConfig.KEY],
    },
    {
      provide: KeyHashes,
      useFactory: (config: AppConfig) => new KeyHashes(config.encryption.keys),
      inject: [appConfig.KEY],
    },
    Transactions,
    EmbeddedUpkeep,
    ServicePause,
    ChangeFeed,
    VendorCallRecords,
    IdempotentRequests,
    ForgetAnswers,
    IntakePressure,
    PgBossJobs,
    { provide: JobQueue, useExisting: PgBossJobs },
    DeadLetters,
    DueJobs,
    QueueDepths,
    Inbox,
    Metrics,
    Measurements,
    MeasurePool,
    MeasureQueues,
    AdminKeys,
    {
      provide: OidcTokens,
      useFactory: (config: AppConfig, clock: Clock) => new OidcTokens(config.access.oidc, clock),
      inject: [appConfig.KEY, Clock],
    },
    Callers,
    Throttle,
    RouteCheck,
    { provide: APP_GUARD, useClass: AccessGuard },
    // After it: who may not come in is told of nothing else.
    { provide: APP_GUARD, useClass: UndeclaredInput },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [
    AdminKeys,
    Callers,
    Throttle,
    ChangeFeed,
    Clock,
    SharedClock,
    Ids,
    KeyRing,
    Transactions,
    ServicePause,
    JobQueue,
    PgBossJobs,
    DeadLetters,
    DueJobs,
    QueueDepths,
    Inbox,
    Metrics,
    Measurements,
    VendorCallRecords,
    IdempotentRequests,
  ],
})
export class PlatformModule {}
