import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { CLIENT_REFUSED, UpstreamError } from '../platform/errors/upstream-error.js';
import { JsonClient, type VendorApi } from '../platform/http/json-client.js';

/** An answer of the token endpoint. */
export interface IssuedTokens {
  accessToken: string;
  /** Null when lasting access was not granted. */
  refreshToken: string | null;
  expiresInSeconds: number;
  /** What was granted; null when Lever does not say. */
  scopes: string[] | null;
  /** The Lever account, where the token names it. */
  accountId: string | null;
}

export interface OAuthApp {
  clientId: string;
  clientSecret: string;
}

const DEFAULT_LIFE_SECONDS = 3_600;

const TIMEOUT_MS = 20_000;

const answer = z.object({
  access_token: z.string().min(1).max(20_000),
  refresh_token: z.string().min(1).max(20_000).nullish(),
  expires_in: z.coerce.number().positive().max(31_536_000).catch(DEFAULT_LIFE_SECONDS),
  scope: z.string().nullish().catch(null),
});

const fault = z.object({ error: z.string().regex(/^[\w.-]{1,64}$/) });

/** Lever's token endpoint. Methods throw `UpstreamError`, in which nothing of what was sent is repeated. */
@Injectable()
export class LeverTokenEndpoint {
  private readonly api: VendorApi;

  constructor(
    private readonly http: JsonClient,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {
    this.api = {
      vendor: 'Lever',
      baseUrl: config.lever.authUrl,
      faultOf: (body) => {
        const read = fault.safeParse(body);
        return read.success ? { code: read.data.error } : {};
      },
    };
  }

  /** @throws DomainError `oauth_not_configured` */
  app(): OAuthApp {
    const { clientId, clientSecret } = this.config.lever;
    if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
    throw new DomainError(
      'conflict',
      'oauth_not_configured',
      'This service has no Lever OAuth app: set LEVER_CLIENT_ID and LEVER_CLIENT_SECRET and start it again, or connect by an API key.',
    );
  }

  exchangeCode(code: string, redirectUri: string): Promise<IssuedTokens> {
    return this.ask({ grant_type: 'authorization_code', code, redirect_uri: redirectUri });
  }

  /**
   * The refresh token must be taken for used, whatever comes of it.
   * @param endsBy the call has ended by then, or is not begun, as by a process that stood still: `not_sent`
   */
  refresh(refreshToken: string, endsBy: Date): Promise<IssuedTokens> {
    const notAfter = new Date(endsBy.getTime() - TIMEOUT_MS);
    return this.ask({ grant_type: 'refresh_token', refresh_token: refreshToken }, notAfter);
  }

  private async ask(grant: Record<string, string>, notAfter?: Date): Promise<IssuedTokens> {
    const { clientId, clientSecret } = this.app();
    const { data } = await this.http.send({
      api: this.api,
      method: 'POST',
      route: '/oauth/token',
      headers: {},
      form: { client_id: clientId, client_secret: clientSecret, ...grant },
      schema: answer,
      timeoutMs: TIMEOUT_MS,
      ...(notAfter && { notAfter }),
    });
    return {
      accessToken: data.access_token,
      refreshToken: data.refresh_token ?? null,
      expiresInSeconds: data.expires_in,
      scopes: scopesIn(data.scope),
      accountId: accountIdOf(data.access_token),
    };
  }
}

/** Null where none is told, for then it is unknown. */
function scopesIn(scope: string | null | undefined): string[] | null {
  const scopes = (scope ?? '').split(' ').filter((name) => name !== '');
  return scopes.length === 0 ? null : scopes;
}

/**
 * The grant itself is refused, as after a revocation: no later try can succeed. A 401 counts as one, though Lever may mean
 * a wrong client secret by it: it does not tell the two apart.
 */
export function isRefusedGrant(error: unknown): error is UpstreamError {
  if (!(error instanceof UpstreamError) || error.details.status === undefined) return false;
  const { status, code } = error.details;
  if (CLIENT_REFUSED.has(code)) return false;
  if (status === 401 || status === 403) return true;
  return status >= 400 && status < 500 && (code === 'invalid_grant' || code === 'access_denied');
}

const claims = z.object({ 'https://oauth.lever.co/accountId': z.string().regex(/^[\w-]{1,100}$/) });

/** Undocumented, so it is read where it is there and never needed. It came from Lever itself, over TLS. */
function accountIdOf(accessToken: string): string | null {
  try {
    const payload: unknown = JSON.parse(
      Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8'),
    );
    return claims.parse(payload)['https://oauth.lever.co/accountId'];
  } catch {
    return null;
  }
}
