import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallEntries } from '../fault-gate.ts';
import type { World } from '../world.ts';
import { VictigError, notFound } from './victig-errors.ts';
import type { Client, Token } from './victig-state.ts';

/** Answers whose request it is. */
export type TokenOf = (request: FastifyRequest) => Token;

/** Recognises the token of every request (401) and keeps its rate limit (429 with `Retry-After`). */
export function recogniseTokens(scope: FastifyInstance, world: World, calls: CallEntries): TokenOf {
  const recognised = new WeakMap<FastifyRequest, Token>();

  scope.addHook('onRequest', async (request) => {
    const [scheme, value] = (request.headers.authorization ?? '').split(' ');
    const token = scheme?.toLowerCase() === 'bearer' ? world.victig.tokens.get(value ?? '') : undefined;
    if (!token) throw unauthenticated();
    recognised.set(request, token);
    const call = calls.get(request);
    if (call) call.credential = token.token;
    const { behaviour, buckets } = world.victig;
    const waitSeconds = behaviour.rateLimit ? buckets(token.token).take(world.now()) : 0;
    if (waitSeconds > 0) {
      const headers = { 'retry-after': String(Math.ceil(waitSeconds)) };
      throw new VictigError(429, { message: 'Too Many Requests' }, headers);
    }
  });

  return (request) => {
    const token = recognised.get(request);
    if (!token) throw unauthenticated();
    return token;
  };
}

export function demandClientType(token: Token): void {
  if (token.type === 'CLIENT') return;
  const message = `This endpoint requires API type [CLIENT] but ${token.application} has access to ${token.type}`;
  throw new VictigError(403, { code: 'NOT_AUTHORIZED', message });
}

export function maySee(token: Token, clientGuid: string): boolean {
  return token.clientGuids === null || token.clientGuids.includes(clientGuid);
}

/** The client in the path: 404 when it does not exist or is not the token's to see. */
export function findClient(world: World, token: Token, clientGuid: string): Client {
  const client = world.victig.clients.get(clientGuid);
  if (!client || !maySee(token, clientGuid)) throw notFound('Client');
  return client;
}

function unauthenticated(): VictigError {
  return new VictigError(401, { code: 'NOT_AUTHENTICATED', message: 'Authentication is required.' });
}
