import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import type { AuthorizationCode, Grant, OAuthState } from './lever-state.ts';

const CODE_LIVES_MS = 10 * 60_000;
/** A refresh token dies after 90 days without use. */
const REFRESH_LIVES_MS = 90 * 86_400_000;

/** A refusal in the words of the identity provider (Auth0). */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}

/** Remembers a consent until its code is exchanged. */
export function issueCode(world: World, consent: Omit<AuthorizationCode, 'expiresAt'>): string {
  const code = randomBytes(24).toString('base64url');
  world.lever.oauth.codes.set(code, { ...consent, expiresAt: world.now() + CODE_LIVES_MS });
  return code;
}

/** Exchanges a code, once. */
export function redeemCode(world: World, clientId: string, code: string, redirectUri: string): JsonObject {
  const { codes, grants } = world.lever.oauth;
  const consent = codes.get(code);
  codes.delete(code);
  const fits = consent?.clientId === clientId && consent.redirectUri === redirectUri;
  if (!consent || !fits || consent.expiresAt <= world.now()) {
    throw new TokenRefusal(403, 'invalid_grant', 'Invalid authorization code');
  }
  const { account, scopes } = consent;
  const grant: Grant = { id: randomUUID(), clientId, account, scopes, refreshToken: null, refreshedAt: 0 };
  grants.set(grant.id, grant);
  return issueTokens(world, grant);
}

/** Exchanges a refresh token for a new pair; the old one dies. */
export function redeemRefreshToken(world: World, clientId: string, refreshToken: string): JsonObject {
  const grant = [...world.lever.oauth.grants.values()].find(
    (candidate) => candidate.clientId === clientId && candidate.refreshToken === refreshToken,
  );
  if (!grant || grant.refreshedAt + REFRESH_LIVES_MS <= world.now()) {
    throw new TokenRefusal(403, 'invalid_grant', 'Unknown or invalid refresh token.');
  }
  return issueTokens(world, grant);
}

/** Ends an account's grants, as "Revoke access" does. Answers how many there were. */
export function revokeGrants(oauth: OAuthState, account: string, accessTokensToo: boolean): number {
  const revoked = [...oauth.grants.values()].filter((grant) => grant.account === account);
  for (const grant of revoked) oauth.grants.delete(grant.id);
  if (!accessTokensToo) return revoked.length;
  for (const [token, access] of oauth.accessTokens) {
    if (access.account === account) oauth.accessTokens.delete(token);
  }
  return revoked.length;
}

function issueTokens(world: World, grant: Grant): JsonObject {
  const { oauth, behaviour } = world.lever;
  const nowMs = world.now();
  const accessToken = accessJwt(grant, nowMs, behaviour.accessTokenSeconds);
  oauth.accessTokens.set(accessToken, {
    key: accessToken,
    account: grant.account,
    scopes: grant.scopes,
    confidential: grant.scopes.includes('confidential:access:admin'),
    expiresAt: nowMs + behaviour.accessTokenSeconds * 1000,
    grantId: grant.id,
  });
  grant.refreshToken = grant.scopes.includes('offline_access')
    ? `v1.${randomBytes(32).toString('base64url')}`
    : null;
  grant.refreshedAt = nowMs;
  world.journal.countWrite('lever', 'tokensIssued');
  return {
    access_token: accessToken,
    ...(grant.refreshToken === null ? {} : { refresh_token: grant.refreshToken }),
    token_type: 'Bearer',
    scope: grant.scopes.join(' '),
    expires_in: behaviour.accessTokenSeconds,
  };
}

/** In the form of the documentation's sample; its claims are undocumented, so nobody may require them. */
function accessJwt(grant: Grant, nowMs: number, livesSeconds: number): string {
  const issuedAt = Math.floor(nowMs / 1000);
  const claims = {
    'https://oauth.lever.co/accountId': grant.account,
    'https://oauth.lever.co/clientId': grant.clientId,
    iat: issuedAt,
    exp: issuedAt + livesSeconds,
    azp: grant.clientId,
    scope: grant.scopes.join(' '),
    jti: randomUUID(),
  };
  const signed = [{ alg: 'HS512', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha512', 'sandbox').update(signed).digest('base64url')}`;
}
