import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { currentTraceId } from '../tracing/spans.js';

/** Asked every few seconds, and nobody's work. */
const PROBES = /^\/(health|metrics)/;

/**
 * A line for each request, when it is over. By hooks, and not as nestjs-pino's middleware, which makes a logger for each
 * request: half as many deliveries could be refused then.
 */
export function logRequests(server: FastifyInstance): void {
  const logger = new Logger(logRequests.name);
  const traces = new WeakMap<FastifyRequest, string>();
  // The answer may be sent when nothing is known any more of whose work it was.
  server.addHook('preHandler', (request, _reply, done) => {
    const traceId = currentTraceId();
    if (traceId !== null) traces.set(request, traceId);
    done();
  });
  const factsOf = (request: FastifyRequest) => {
    const { id, method, routeOptions } = request;
    const traceId = traces.get(request);
    // Of the path what all requests of the route have in common, and no id.
    const { url: route } = routeOptions;
    return { req: { id, method }, route, requestId: id, ...(traceId !== undefined && { traceId }) };
  };
  server.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
    if (!PROBES.test(request.url)) {
      const answered = { status: statusCode, responseTime: Math.round(elapsedTime) };
      logger.log({ ...factsOf(request), ...answered }, 'request completed');
    }
    done();
  });
  server.addHook('onRequestAbort', (request, done) => {
    if (!PROBES.test(request.url)) logger.log(factsOf(request), 'request aborted');
    done();
  });
}
