import type { FastifyInstance, FastifyReply } from 'fastify';
import { readJsonBodies } from '../json-body.ts';
import { objectOf, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import { consentPage, UNDEFINED_PAGE } from './consent-page.ts';
import type { OAuthClient } from './lever-state.ts';
import { issueCode, redeemCode, redeemRefreshToken, TokenRefusal } from './oauth-tokens.ts';

const DEMANDED = ['client_id', 'redirect_uri', 'response_type', 'state', 'audience', 'scope'];

/** Lever's authorization server: the consent page and the token endpoint. */
export function oauthRoutes(scope: FastifyInstance, world: World): void {
  readJsonBodies(scope);
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body.toString())));
    },
  );
  scope.setErrorHandler(async (error, _request, reply) => {
    const refusal =
      error instanceof TokenRefusal ? error : new TokenRefusal(400, 'invalid_request', String(error));
    return reply.code(refusal.status).send({ error: refusal.error, error_description: refusal.message });
  });

  scope.get('/authorize', (request, reply) => {
    const query = objectOf(request.query);
    const fault = authorizeFault(world, query);
    if (fault !== undefined) return reply.code(400).type('text/html').send(fault);
    const { autoConsent } = world.lever.behaviour;
    if (autoConsent !== null) return sendBack(world, reply, query, autoConsent);
    const parameters = Object.fromEntries(DEMANDED.map((name) => [name, textAt(query, name) ?? '']));
    return reply.type('text/html').send(consentPage(parameters, grantedScopes(query)));
  });

  scope.get('/consent', (request, reply) => {
    const query = objectOf(request.query);
    const fault = authorizeFault(world, query);
    if (fault !== undefined) return reply.code(400).type('text/html').send(fault);
    return sendBack(world, reply, query, textAt(query, 'decision') === 'accept' ? 'accept' : 'deny');
  });

  scope.post('/oauth/token', (request) => {
    const body = objectOf(request.body);
    const client = authenticatedClient(world, body);
    const grantType = textAt(body, 'grant_type');
    if (grantType === 'authorization_code') {
      const redirectUri = textAt(body, 'redirect_uri') ?? '';
      return redeemCode(world, client.clientId, textAt(body, 'code') ?? '', redirectUri);
    }
    if (grantType === 'refresh_token') {
      return redeemRefreshToken(world, client.clientId, textAt(body, 'refresh_token') ?? '');
    }
    throw new TokenRefusal(403, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`);
  });
}

/** The page to show when the request cannot be sent back to where it came from. */
function authorizeFault(world: World, query: JsonObject): string | undefined {
  const missing = DEMANDED.filter((name) => textAt(query, name) === undefined && name !== 'audience');
  if (missing.length > 0) return `missing: ${missing.join(', ')}`;
  const client = world.lever.oauth.clients.get(textAt(query, 'client_id') ?? '');
  if (!client) return 'unknown client';
  return redirectFits(client, textAt(query, 'redirect_uri') ?? '') ? undefined : UNDEFINED_PAGE;
}

function redirectFits(client: OAuthClient, redirectUri: string): boolean {
  return client.redirectUris === null ? URL.canParse(redirectUri) : client.redirectUris.includes(redirectUri);
}

/** With a missing or malformed audience only `offline_access` is granted, and the token is useless. */
function grantedScopes(query: JsonObject): string[] {
  const scopes = (textAt(query, 'scope') ?? '').split(' ').filter((scope) => scope !== '');
  const audience = textAt(query, 'audience') ?? '';
  const wellFormed = URL.canParse(audience) && audience.endsWith('/v1/');
  return wellFormed ? scopes : scopes.filter((scope) => scope === 'offline_access');
}

function sendBack(
  world: World,
  reply: FastifyReply,
  query: JsonObject,
  decision: 'accept' | 'deny',
): FastifyReply {
  const redirectUri = textAt(query, 'redirect_uri') ?? '';
  const target = new URL(redirectUri);
  if (decision === 'deny') {
    target.searchParams.set('state', textAt(query, 'state') ?? '');
    target.searchParams.set('error', 'access_denied');
    target.searchParams.set('error_description', 'user_did_not_authorize_the_request');
    return reply.redirect(target.href);
  }
  const code = issueCode(world, {
    clientId: textAt(query, 'client_id') ?? '',
    redirectUri,
    scopes: grantedScopes(query),
    account: world.lever.behaviour.consentAccount,
  });
  target.searchParams.set('code', code);
  target.searchParams.set('state', textAt(query, 'state') ?? '');
  return reply.redirect(target.href);
}

function authenticatedClient(world: World, body: JsonObject): OAuthClient {
  const client = world.lever.oauth.clients.get(textAt(body, 'client_id') ?? '');
  if (!client || client.clientSecret !== textAt(body, 'client_secret')) {
    throw new TokenRefusal(401, 'access_denied', 'Unauthorized');
  }
  return client;
}
