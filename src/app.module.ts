import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { AuditModule } from './audit/audit.module.js';
import { assertKeysFit } from './fitting-keys.js';
import { InstallationsModule } from './installations/installations.module.js';
import { KeysModule } from './keys/keys.module.js';
import { LeverModule } from './lever/lever.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { appConfig, type AppConfig } from './platform/config/app-config.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { HealthModule } from './platform/health/health.module.js';
import { HttpModule } from './platform/http/http.module.js';
import { LoggingModule } from './platform/logging/logging.module.js';
import { PlatformModule } from './platform/platform.module.js';
import { TracingModule } from './platform/tracing/tracing.module.js';
import { VictigModule } from './victig/victig.module.js';

/** The composition root: the only file that names every room. */
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, load: [appConfig] }),
    LoggingModule,
    TracingModule,
    DatabaseModule,
    PlatformModule,
    HttpModule,
    HealthModule,
    AuditModule,
    KeysModule,
    InstallationsModule,
    OperationsModule,
    OrdersModule.with([LeverModule, VictigModule]),
  ],
  providers: [
    {
      // Awaited after the migrations and before anything of a room begins to work.
      provide: 'KEYS_THAT_FIT',
      useFactory: async (database: DataSource, { encryption }: AppConfig) => {
        await assertKeysFit(database, encryption.keys);
        return encryption.keys.map(({ id }) => id);
      },
      inject: [DataSource, appConfig.KEY],
    },
  ],
})
export class AppModule {}
