import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { CreateCoreTables1763856000000 } from './migrations/1763856000000-create-core-tables.js';
import { CreateRateBuckets1763870000000 } from './migrations/1763870000000-create-rate-buckets.js';
import { ConnectLeverByOauth1763880000000 } from './migrations/1763880000000-connect-lever-by-oauth.js';
import { KeepReportTrouble1763881000000 } from './migrations/1763881000000-keep-report-trouble.js';
import { FollowOrdersByLists1763882000000 } from './migrations/1763882000000-follow-orders-by-lists.js';
import { ChainAuditAndEraseOrders1763885000000 } from './migrations/1763885000000-chain-audit-and-erase-orders.js';
import { TellOfWithdrawals1763889000000 } from './migrations/1763889000000-tell-of-withdrawals.js';
import { NameCauseOfEntries1763890000000 } from './migrations/1763890000000-name-cause-of-entries.js';
import { FindDueOrdersByInstallation1763890100000 } from './migrations/1763890100000-find-due-orders-by-installation.js';
import { KeyTheHashesOfAdminKeys1763891000000 } from './migrations/1763891000000-key-the-hashes-of-admin-keys.js';
import { ActOnOrdersByHand1763892000000 } from './migrations/1763892000000-act-on-orders-by-hand.js';
import { SearchOrders1763892001000 } from './migrations/1763892001000-search-orders.js';
import { KeepIdempotentAnswers1763892002000 } from './migrations/1763892002000-keep-idempotent-answers.js';
import { IndexAdminSearches1763893000000 } from './migrations/1763893000000-index-admin-searches.js';
import { ForgetVendorCalls1763898001000 } from './migrations/1763898001000-forget-vendor-calls.js';
import { SearchWithinInstallations1763899100000 } from './migrations/1763899100000-search-within-installations.js';
import { GuardVendorCalls1763899000000 } from './migrations/1763899000000-guard-vendor-calls.js';
import { KnowRestoredCopies1763899001000 } from './migrations/1763899001000-know-restored-copies.js';
import { IndexMoreSearches1763898000000 } from './migrations/1763898000000-index-more-searches.js';
import { KeepAuditVerifications1763900000000 } from './migrations/1763900000000-keep-audit-verifications.js';
import { KeepTracesOfOrders1763900001000 } from './migrations/1763900001000-keep-traces-of-orders.js';
import { WriteAtOnce1763901000000 } from './migrations/1763901000000-write-at-once.js';
import { WriteLess1763902000000 } from './migrations/1763902000000-write-less.js';
import { FindTroubledOrders1763903000000 } from './migrations/1763903000000-find-troubled-orders.js';
import { RememberRemovals1763904000000 } from './migrations/1763904000000-remember-removals.js';
import { BlankErasedOrders1763905000000 } from './migrations/1763905000000-blank-erased-orders.js';
import { RememberTriggerStages1763906000000 } from './migrations/1763906000000-remember-trigger-stages.js';
import { KeepStuckTags1763907000000 } from './migrations/1763907000000-keep-stuck-tags.js';
import { BlankToldResults1763908000000 } from './migrations/1763908000000-blank-told-results.js';
import { FindKeptCallbacks1763910000000 } from './migrations/1763910000000-find-kept-callbacks.js';
import { TakeTurnsToOpen1763911000000 } from './migrations/1763911000000-take-turns-to-open.js';
import { ShareClientCities1763912000000 } from './migrations/1763912000000-share-client-cities.js';
import { NoticeOrdersTakenUpAgain1763913000000 } from './migrations/1763913000000-notice-orders-taken-up-again.js';
import { FindLatestNews1763915000000 } from './migrations/1763915000000-find-latest-news.js';
import { TakeTurnsAtWebhooks1763916000000 } from './migrations/1763916000000-take-turns-at-webhooks.js';
import { ReadNoHistory1763917000000 } from './migrations/1763917000000-read-no-history.js';
import { FindLostSubmissions1763918000000 } from './migrations/1763918000000-find-lost-submissions.js';
import { TakeUpWhatWasPlacedAfterAll1763919000000 } from './migrations/1763919000000-take-up-what-was-placed-after-all.js';
import { FindOrdersToRemove1763920000000 } from './migrations/1763920000000-find-orders-to-remove.js';
import { SummarizeVendorCalls1763921000000 } from './migrations/1763921000000-summarize-vendor-calls.js';
import { FindOrdersPlacedAfterEnd1763922000000 } from './migrations/1763922000000-find-orders-placed-after-end.js';
import { AnnounceChangedConnections1763923000000 } from './migrations/1763923000000-announce-changed-connections.js';
import { RemoveTagsOnly1763924000000 } from './migrations/1763924000000-remove-tags-only.js';
import { TakeUpPastSilentOrders1763925000000 } from './migrations/1763925000000-take-up-past-silent-orders.js';
import { AnnounceChangedInstallations1763894000000 } from './migrations/1763894000000-announce-changed-installations.js';
import { ServiceDataSource, type DatabasePlace } from './service-data-source.js';

export const MIGRATIONS = [
  CreateCoreTables1763856000000,
  CreateRateBuckets1763870000000,
  ConnectLeverByOauth1763880000000,
  KeepReportTrouble1763881000000,
  FollowOrdersByLists1763882000000,
  ChainAuditAndEraseOrders1763885000000,
  TellOfWithdrawals1763889000000,
  NameCauseOfEntries1763890000000,
  FindDueOrdersByInstallation1763890100000,
  KeyTheHashesOfAdminKeys1763891000000,
  ActOnOrdersByHand1763892000000,
  SearchOrders1763892001000,
  KeepIdempotentAnswers1763892002000,
  IndexAdminSearches1763893000000,
  AnnounceChangedInstallations1763894000000,
  IndexMoreSearches1763898000000,
  ForgetVendorCalls1763898001000,
  GuardVendorCalls1763899000000,
  KnowRestoredCopies1763899001000,
  SearchWithinInstallations1763899100000,
  KeepAuditVerifications1763900000000,
  KeepTracesOfOrders1763900001000,
  WriteAtOnce1763901000000,
  WriteLess1763902000000,
  FindTroubledOrders1763903000000,
  RememberRemovals1763904000000,
  BlankErasedOrders1763905000000,
  RememberTriggerStages1763906000000,
  KeepStuckTags1763907000000,
  BlankToldResults1763908000000,
  FindKeptCallbacks1763910000000,
  TakeTurnsToOpen1763911000000,
  ShareClientCities1763912000000,
  NoticeOrdersTakenUpAgain1763913000000,
  FindLatestNews1763915000000,
  TakeTurnsAtWebhooks1763916000000,
  ReadNoHistory1763917000000,
  FindLostSubmissions1763918000000,
  TakeUpWhatWasPlacedAfterAll1763919000000,
  FindOrdersToRemove1763920000000,
  SummarizeVendorCalls1763921000000,
  FindOrdersPlacedAfterEnd1763922000000,
  AnnounceChangedConnections1763923000000,
  RemoveTagsOnly1763924000000,
  TakeUpPastSilentOrders1763925000000,
];

/** Where the configuration says that everything is kept. */
export const placeOf = ({ database }: Pick<AppConfig, 'database'>): DatabasePlace =>
  database.url === undefined
    ? { kind: 'embedded', dataDir: database.dataDir }
    : {
        kind: 'server',
        url: database.url,
        poolSize: database.poolSize,
        patienceMs: database.patienceMs,
      };

/** The one data source; the rooms register their entities with it. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [appConfig.KEY],
      useFactory: (config: AppConfig) => ({
        type: 'postgres',
        place: placeOf(config),
        autoLoadEntities: true,
        retryAttempts: 1,
      }),
      dataSourceFactory: async (options) => {
        const { place, entities } = options as DataSourceOptions & { place: DatabasePlace };
        return ServiceDataSource.open(place, { entities: entities ?? [], migrations: MIGRATIONS });
      },
    }),
  ],
})
export class DatabaseModule {}
