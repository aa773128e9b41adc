import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { InstallationsModule } from '../installations/installations.module.js';
import { ApplicantTracking } from '../orders/ports/applicant-tracking.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { JsonClient } from '../platform/http/json-client.js';
import { RateLimiter } from '../platform/http/rate-limiter.js';
import { KeepLeverConnected, RefreshLeverTokens } from './keep-lever-connected.js';
import { ConnectedLeverAccounts, LeverAccounts } from './lever-accounts.js';
import { LeverApplicantTracking } from './lever-applicant-tracking.js';
import { LeverCallbackController } from './lever-callback.controller.js';
import { LeverClient } from './lever-client.js';
import { LeverDisconnectController } from './lever-disconnect.controller.js';
import { LeverDoorController } from './lever-door.controller.js';
import { LeverOAuthController } from './lever-oauth.controller.js';
import { LeverOAuth } from './lever-oauth.js';
import { LeverInspector } from './lever-inspector.js';
import { LeverStagesController } from './lever-stages.controller.js';
import { LeverTokenEndpoint } from './lever-token-endpoint.js';
import { LeverTokenKeeper } from './lever-token-keeper.js';
import { LeverWebhooksController } from './lever-webhooks.controller.js';
import { LeverWebhooks } from './lever-webhooks.js';
import { OwnAccount } from './own-account.js';
import { OAuthStates } from './oauth-states.js';
import { RefusedKey } from './refused-key.js';
import { WebhookTurns } from './webhook-turns.js';

@Module({
  imports: [AuditModule, InstallationsModule],
  controllers: [
    LeverDoorController,
    LeverStagesController,
    LeverWebhooksController,
    LeverDisconnectController,
    LeverOAuthController,
    LeverCallbackController,
  ],
  providers: [
    {
      provide: LeverClient,
      useFactory: (http: JsonClient, limiter: RateLimiter, config: AppConfig) =>
        new LeverClient(http, limiter, config.lever),
      inject: [JsonClient, RateLimiter, appConfig.KEY],
    },
    { provide: LeverAccounts, useClass: ConnectedLeverAccounts },
    LeverTokenEndpoint,
    LeverTokenKeeper,
    OAuthStates,
    LeverOAuth,
    KeepLeverConnected,
    RefreshLeverTokens,
    WebhookTurns,
    LeverWebhooks,
    RefusedKey,
    LeverInspector,
    OwnAccount,
    { provide: ApplicantTracking, useClass: LeverApplicantTracking },
  ],
  exports: [ApplicantTracking],
})
export class LeverModule {}
