import { Injectable } from '@nestjs/common';
import { AdminKeys } from './admin-keys.js';
import { OIDC_ACTOR, OidcTokens } from './oidc-tokens.js';
import type { Principal } from './principal.js';

/** A signed JWT: its header is a JSON object, which begins like this in base64url. */
const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;

/** Who calls: by an admin key, or by a token of the OIDC issuer (A5). */
@Injectable()
export class Callers {
  constructor(
    private readonly keys: AdminKeys,
    private readonly tokens: OidcTokens,
  ) {}

  /** Null when the bearer is nobody we know. @throws DomainError `issuer_unavailable` */
  async recognise(bearer: string): Promise<Principal | null> {
    if (bearer === '') return null;
    const isToken = this.tokens.isConfigured && JWT.test(bearer);
    return isToken ? this.tokens.recognise(bearer) : this.keys.recognise(bearer);
  }

  /**
   * Whether one who did something earlier may still have it carried out. Of a person with a token nobody but the issuer
   * knows, so that it is enough that there still is an issuer.
   */
  async mayStillAct(actor: string): Promise<boolean> {
    if (actor.startsWith(OIDC_ACTOR)) return this.tokens.isConfigured;
    return this.keys.isValid(actor);
  }
}
