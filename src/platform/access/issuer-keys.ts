import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { DomainError } from '../errors/domain-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { JsonClient } from '../http/json-client.js';
import { OutgoingHosts } from '../http/outgoing-hosts.js';
import { usableKeys } from './usable-keys.js';

export interface IssuerAddress {
  issuer: string;
  /** Unset: looked up at the issuer. */
  jwksUrl: string | undefined;
  allowPrivateHosts: boolean;
  /** By which it is asked; unset: straight. */
  proxy: URL | undefined;
}

export interface IssuerTimings {
  /** For so long keys are believed without asking again. */
  maxAgeMs: number;
  /** So long after keys were read, a token with an unknown key does not make us read them again. */
  cooldownMs: number;
  /** So long after a failure the issuer is left alone. */
  restMs: number;
}

export const ISSUER_TIMINGS: IssuerTimings = { maxAgeMs: 600_000, cooldownMs: 30_000, restMs: 5_000 };

const LIMITS = { connectTimeoutMs: 3_000, timeoutMs: 5_000, maxAnswerBytes: 500_000 } as const;

const keySet = z.object({ keys: z.array(z.looseObject({})).max(200) });

/** The issuer's public keys, cached and read again when they are old or a token is signed with a new one (A5). */
export class IssuerKeys {
  readonly find: JWTVerifyGetKey;
  private readonly logger = new Logger(IssuerKeys.name);
  private readonly client: JsonClient;
  private failedAt: number | null = null;

  constructor(
    private readonly address: IssuerAddress,
    private readonly clock: Clock,
    private readonly timings: IssuerTimings,
  ) {
    const urls = [address.issuer, ...(address.jwksUrl === undefined ? [] : [address.jwksUrl])];
    const hosts = new OutgoingHosts({
      hosts: urls.map((url) => new URL(url).host),
      allowPrivate: address.allowPrivateHosts,
      proxy: address.proxy,
    });
    this.client = new JsonClient(hosts, clock, LIMITS);
    this.find = createRemoteJWKSet(new URL(address.jwksUrl ?? address.issuer), {
      cacheMaxAge: timings.maxAgeMs,
      cooldownDuration: timings.cooldownMs,
      // Each of the two calls has a deadline of its own, which comes first.
      timeoutDuration: 3 * LIMITS.timeoutMs,
      [customFetch]: () => this.read(),
    });
  }

  async close(): Promise<void> {
    await this.client.onApplicationShutdown();
  }

  /** @throws DomainError `issuer_unavailable` */
  private async read(): Promise<Response> {
    const now = this.clock.now().getTime();
    // A clock that was set back since tells nothing of how long ago it was.
    const isResting = this.failedAt !== null && Math.abs(now - this.failedAt) < this.timings.restMs;
    if (isResting) throw this.unavailable();
    try {
      const { keys } = await this.get(this.address.jwksUrl ?? (await this.discover()), keySet);
      this.failedAt = null;
      const usable = await usableKeys(keys);
      const count = keys.length - usable.length;
      if (count > 0) this.logger.warn({ count }, 'keys of the OIDC issuer are malformed or too short');
      return Response.json({ keys: usable });
    } catch (error) {
      this.failedAt = now;
      if (!(error instanceof UpstreamError)) throw error;
      this.logger.warn({ err: error }, 'the keys of the OIDC issuer cannot be read');
      throw this.unavailable();
    }
  }

  /** Where the issuer says that its keys are. Elsewhere than at the issuer only by configuration (A6). */
  private async discover(): Promise<string> {
    const { issuer } = this.address;
    const { origin } = new URL(issuer);
    // A document of another issuer must not be believed: OpenID Connect Discovery 1.0, section 4.3.
    const schema = z.object({
      issuer: z.literal(issuer),
      jwks_uri: z.string().refine((url) => URL.parse(url)?.origin === origin),
    });
    const document = await this.get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, schema);
    return document.jwks_uri;
  }

  private async get<T>(url: string, schema: z.ZodType<T>): Promise<T> {
    const { origin, pathname, search } = new URL(url);
    const { data } = await this.client.send({
      api: { vendor: 'OIDC', baseUrl: origin + pathname, faultOf: () => ({}) },
      method: 'GET',
      route: '',
      query: search.slice(1),
      headers: {},
      schema,
    });
    return data;
  }

  private unavailable(): DomainError {
    return new DomainError(
      'unavailable',
      'issuer_unavailable',
      'The issuer of the token cannot be asked for its keys. Try again later, or use an admin key.',
      { retryAfterSeconds: Math.ceil(this.timings.restMs / 1_000) },
    );
  }
}
