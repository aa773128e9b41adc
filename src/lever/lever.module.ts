import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { InstallationsModule } from '../installations/installations.module.js';
import { ApplicantTracking } from '../orders/ports/applicant-tracking.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { JsonClient } from '../platform/http/json-client.js';
import { RateLimiter } from '../platform/http/rate-limiter.js';
import { LeverApplicantTracking } from './lever-applicant-tracking.js';
import { LeverClient } from './lever-client.js';
import { LeverDoorController } from './lever-door.controller.js';
import { LeverStagesController } from './lever-stages.controller.js';
import { LeverWebhooksController } from './lever-webhooks.controller.js';
import { LeverWebhooks } from './lever-webhooks.js';

@Module({
  imports: [AuditModule, InstallationsModule],
  controllers: [LeverDoorController, LeverStagesController, LeverWebhooksController],
  providers: [
    {
      provide: LeverClient,
      useFactory: (http: JsonClient, limiter: RateLimiter, config: AppConfig) =>
        new LeverClient(http, limiter, config.lever),
      inject: [JsonClient, RateLimiter, appConfig.KEY],
    },
    LeverWebhooks,
    { provide: ApplicantTracking, useClass: LeverApplicantTracking },
  ],
  exports: [ApplicantTracking],
})
export class LeverModule {}
