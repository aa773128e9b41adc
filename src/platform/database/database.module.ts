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
import { KeyTheHashesOfAdminKeys1763891000000 } from './migrations/1763891000000-key-the-hashes-of-admin-keys.js';
import { ServiceDataSource, type DatabasePlace } from './service-data-source.js';

export const MIGRATIONS = [
  CreateCoreTables1763856000000,
  CreateRateBuckets1763870000000,
  ConnectLeverByOauth1763880000000,
  KeepReportTrouble1763881000000,
  FollowOrdersByLists1763882000000,
  ChainAuditAndEraseOrders1763885000000,
  KeyTheHashesOfAdminKeys1763891000000,
];

const placeOf = ({ database }: AppConfig): DatabasePlace =>
  database.url === undefined
    ? { kind: 'embedded', dataDir: database.dataDir }
    : { kind: 'server', url: database.url, poolSize: database.poolSize };

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
