import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import type { Installation } from '../installations/installation.js';
import { LeverConnections } from '../installations/lever-connections.js';
import { CONFIDENTIAL_ACCESS } from '../orders/ports/applicant-tracking.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Transactions } from '../platform/database/transactions.js';
import { reasonOf } from '../platform/errors/describe-error.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { isUseless, scopesFor } from './lever-scopes.js';
import { LeverTokenEndpoint, type IssuedTokens } from './lever-token-endpoint.js';
import { OAuthStates, type OAuthErrand } from './oauth-states.js';

/** What came back from Lever's consent page. */
export interface ConsentAnswer {
  state: string | undefined;
  code: string | undefined;
  error: string | undefined;
}

/** How a return from the consent page ended; each has its page. */
const CONSENT_OUTCOMES = [
  'connected',
  'link_not_valid',
  'refused',
  'exchange_refused',
  'exchange_failed',
  'no_lasting_access',
  'no_permissions',
  'wrong_account',
] as const;
export type ConsentOutcome = (typeof CONSENT_OUTCOMES)[number];

/** Connects installations to Lever by OAuth (I4). */
@Injectable()
export class LeverOAuth {
  private readonly logger = new Logger(LeverOAuth.name);

  constructor(
    private readonly states: OAuthStates,
    private readonly endpoint: LeverTokenEndpoint,
    private readonly connections: LeverConnections,
    private readonly audit: AuditTrail,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /**
   * Where a Super Admin agrees.
   * @param confidential ask for access to confidential jobs; left out: if the connection has or had it
   * @throws DomainError `oauth_not_configured`
   */
  async link(actor: string, { id, configuration }: Installation, confidential?: boolean): Promise<string> {
    const { clientId } = this.endpoint.app();
    const scopes = scopesFor(configuration, confidential ?? (await this.seesConfidential(id)));
    const url = new URL(`${this.config.lever.authUrl}/authorize`);
    // No `prompt`: it would ask for consent each time, and keep some administrators out.
    url.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: this.redirectUri,
      response_type: 'code',
      state: await this.states.make(actor, id),
      audience: this.config.lever.audience,
      scope: scopes.join(' '),
    }).toString();
    return url.href;
  }

  /** Takes what the consent page sent back. */
  async complete({ state, code, error }: ConsentAnswer): Promise<ConsentOutcome> {
    const errand = await this.states.use(state ?? '');
    if (errand === null) return 'link_not_valid';
    const outcome = error === undefined && code !== undefined ? await this.connect(errand, code) : 'refused';
    if (outcome !== 'connected') await this.recordFailure(errand, outcome);
    return outcome;
  }

  private async connect(errand: OAuthErrand, code: string): Promise<ConsentOutcome> {
    const issued = await this.exchange(code);
    if (typeof issued === 'string') return issued;
    const { accessToken, refreshToken, scopes, accountId } = issued;
    if (refreshToken === null) return 'no_lasting_access';
    if (scopes !== null && isUseless(scopes)) return 'no_permissions';
    const accessExpiresAt = new Date(this.clock.now().getTime() + issued.expiresInSeconds * 1_000);
    const isConnected = await this.connections.connect(errand.actor, errand.installationId, {
      accessToken,
      refreshToken,
      accessExpiresAt,
      scopes,
      accountId,
    });
    return isConnected ? 'connected' : 'wrong_account';
  }

  private async seesConfidential(installationId: string): Promise<boolean> {
    const connection = await this.connections.find(installationId);
    return connection?.scopes?.includes(CONFIDENTIAL_ACCESS) ?? false;
  }

  private async exchange(code: string): Promise<IssuedTokens | ConsentOutcome> {
    try {
      return await this.endpoint.exchangeCode(code, this.redirectUri);
    } catch (error) {
      if (!(error instanceof UpstreamError || error instanceof DomainError)) throw error;
      this.logger.warn({ reason: reasonOf(error) }, 'a code of Lever could not be exchanged');
      const { status = 500 } = error instanceof UpstreamError ? error.details : { status: 400 };
      return status >= 400 && status < 500 && status !== 429 ? 'exchange_refused' : 'exchange_failed';
    }
  }

  private async recordFailure({ actor, installationId }: OAuthErrand, reason: string): Promise<void> {
    await this.transactions.run((tx) =>
      this.audit.record(tx, { action: 'lever.connection_failed', data: { reason }, actor, installationId }),
    );
  }

  /** Byte for byte what is registered with the OAuth app at Lever. */
  private get redirectUri(): string {
    return `${this.config.http.publicUrl}/oauth/lever/callback`;
  }
}
