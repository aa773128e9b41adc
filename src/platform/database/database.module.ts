import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { CreateCoreTables1763856000000 } from './migrations/1763856000000-create-core-tables.js';
import { CreateRateBuckets1763870000000 } from './migrations/1763870000000-create-rate-buckets.js';
import { ServiceDataSource, type DatabasePlace } from './service-data-source.js';

export const MIGRATIONS = [CreateCoreTables1763856000000, CreateRateBuckets1763870000000];

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
