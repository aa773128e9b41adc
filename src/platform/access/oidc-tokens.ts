import type { OnApplicationShutdown } from '@nestjs/common';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { AppConfig } from '../config/app-config.js';
import { installationIn, rolesIn } from './claims.js';
import { ISSUER_TIMINGS, IssuerKeys, type IssuerTimings } from './issuer-keys.js';
import type { Principal } from './principal.js';

/** Signatures that only the issuer can make; with a shared secret everyone who can check one could make one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const CLOCK_TOLERANCE_S = 30;

export const OIDC_ACTOR = 'oidc:';

/** Bearer tokens of the configured OIDC issuer (A5). None is believed when there is no issuer. */
export class OidcTokens implements OnApplicationShutdown {
  private readonly keys: IssuerKeys | null;

  constructor(
    private readonly oidc: AppConfig['access']['oidc'],
    private readonly clock: Clock,
    timings: IssuerTimings = ISSUER_TIMINGS,
  ) {
    this.keys = oidc === null ? null : new IssuerKeys(oidc, clock, timings);
  }

  get isConfigured(): boolean {
    return this.keys !== null;
  }

  /**
   * The principal of a token; null when it is not of our issuer, for us, and valid now.
   * @throws DomainError `issuer_unavailable` when the issuer's keys cannot be read
   */
  async recognise(token: string): Promise<Principal | null> {
    const { oidc } = this;
    if (oidc === null || this.keys === null) return null;
    const payload = await this.verified(token, oidc, this.keys);
    // What is no text is no subject (RFC 7519, 4.1.2); jose looks only whether it is there.
    if (typeof payload?.sub !== 'string' || payload.sub === '' || payload.exp === undefined) return null;
    const installationId = installationIn(payload, oidc.installationClaim);
    if (installationId === undefined) return null;
    return {
      actor: `${OIDC_ACTOR}${fingerprintOf(oidc.issuer, payload.sub)}`,
      roles: rolesIn(payload, oidc.rolesClaim, oidc.rolesOfGroups),
      installationId,
      expiresAt: new Date(payload.exp * 1_000),
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.keys?.close();
  }

  private async verified(
    token: string,
    { issuer, audience }: { issuer: string; audience: string },
    keys: IssuerKeys,
  ): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: this.clock.now(),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
}

/** Subjects may be email addresses, which the audit trail must not hold; who knows one can compute this. */
const fingerprintOf = (issuer: string, subject: string): string =>
  createHash('sha256').update(`${issuer}\n${subject}`).digest('hex').slice(0, 32);
