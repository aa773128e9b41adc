import type { FastifyInstance } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { withCause } from '../cause.js';
import { isUuid } from '../ids.js';

const REQUEST_ID = 'x-request-id';

/**
 * The caller's name for the request, or one of ours. It is answered, and stands in our logs and the audit trail, where
 * strangers must not write what they like: a UUID and nothing else.
 */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers[REQUEST_ID];
  return typeof given === 'string' && isUuid(given) ? given : randomUUID();
}

/** Answers each request with its id, so that both sides speak of the same one. */
export function answerRequestIds(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID, request.id);
    done();
  });
}

/** What a request causes names it; from its handler on, for reading a body is not the request's own work. */
export function nameRequests(server: FastifyInstance): void {
  server.addHook('preHandler', (request, _reply, done) => withCause('request', request.id, done));
}
