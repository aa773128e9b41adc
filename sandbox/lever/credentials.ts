import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallEntries } from '../fault-gate.ts';
import type { World } from '../world.ts';
import { LeverError } from './lever-errors.ts';
import type { Credential, LeverState } from './lever-state.ts';

/** Answers whose request it is, or refuses it when the credential lacks the scope. */
export type Authorize = (request: FastifyRequest, scope: string) => Credential;

/** Recognises the credential of every request (401) and keeps its rate limit (429). */
export function recogniseCredentials(scope: FastifyInstance, world: World, calls: CallEntries): Authorize {
  const recognised = new WeakMap<FastifyRequest, Credential>();

  scope.addHook('onRequest', async (request) => {
    const credential = credentialOf(world.lever, request.headers.authorization, world.now());
    if (!credential) throw new LeverError(401, 'Missing or invalid credentials');
    recognised.set(request, credential);
    const call = calls.get(request);
    if (call) call.credential = credential.key;
    const { behaviour, buckets } = world.lever;
    // No Retry-After: Lever documents no rate headers.
    if (behaviour.rateLimit && buckets(credential.key).take(world.now()) > 0) {
      throw new LeverError(429, 'Too many requests');
    }
  });

  return (request, needed) => {
    const credential = recognised.get(request);
    if (!credential) throw new LeverError(401, 'Missing or invalid credentials');
    if (!grants(credential, needed)) throw new LeverError(403, `Missing scope ${needed}:admin`);
    return credential;
  };
}

/** `write` implies `read`; scopes carry an `:admin` at the end, which callers here leave out. */
function grants(credential: Credential, needed: string): boolean {
  if (credential.scopes === null) return true;
  const [resource] = needed.split(':');
  return (
    credential.scopes.includes(`${needed}:admin`) || credential.scopes.includes(`${resource}:write:admin`)
  );
}

function credentialOf(state: LeverState, header: string | undefined, nowMs: number): Credential | undefined {
  const [scheme, value] = (header ?? '').split(' ');
  if (value === undefined) return undefined;
  if (scheme?.toLowerCase() === 'basic') {
    const [key, password] = Buffer.from(value, 'base64').toString().split(':');
    return key !== undefined && password === '' ? state.apiKeys.get(key) : undefined;
  }
  if (scheme?.toLowerCase() !== 'bearer') return undefined;
  const token = state.oauth.accessTokens.get(value);
  return token && token.expiresAt > nowMs ? token : undefined;
}
