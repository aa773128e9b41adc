import { Module } from '@nestjs/common';
import { InstallationsModule } from '../installations/installations.module.js';
import { ScreeningProvider } from '../orders/ports/screening-provider.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { JsonClient } from '../platform/http/json-client.js';
import { RateLimiter } from '../platform/http/rate-limiter.js';
import { ClientCityRecords } from './client-city-records.js';
import { VictigCatalogueController } from './victig-catalogue.controller.js';
import { VictigClient } from './victig-client.js';
import { VictigDoorController } from './victig-door.controller.js';
import { VictigInspector } from './victig-inspector.js';
import { VictigScreeningProvider } from './victig-screening-provider.js';

@Module({
  imports: [InstallationsModule],
  controllers: [VictigDoorController, VictigCatalogueController],
  providers: [
    {
      // One for all who call: it keeps in mind which lists never end.
      provide: VictigClient,
      useFactory: (http: JsonClient, limiter: RateLimiter, config: AppConfig) =>
        new VictigClient(http, limiter, config.victig),
      inject: [JsonClient, RateLimiter, appConfig.KEY],
    },
    { provide: ScreeningProvider, useClass: VictigScreeningProvider },
    VictigInspector,
    ClientCityRecords,
  ],
  exports: [ScreeningProvider],
})
export class VictigModule {}
