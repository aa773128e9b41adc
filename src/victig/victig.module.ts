import { Module } from '@nestjs/common';
import { InstallationsModule } from '../installations/installations.module.js';
import { ScreeningProvider } from '../orders/ports/screening-provider.js';
import { ClientCityRecords } from './client-city-records.js';
import { VictigCatalogueController } from './victig-catalogue.controller.js';
import { VictigDoorController } from './victig-door.controller.js';
import { VictigInspector } from './victig-inspector.js';
import { VictigScreeningProvider } from './victig-screening-provider.js';

@Module({
  imports: [InstallationsModule],
  controllers: [VictigDoorController, VictigCatalogueController],
  providers: [
    { provide: ScreeningProvider, useClass: VictigScreeningProvider },
    VictigInspector,
    ClientCityRecords,
  ],
  exports: [ScreeningProvider],
})
export class VictigModule {}
