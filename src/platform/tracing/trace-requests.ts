import { context, SpanStatusCode, type Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { beginSpan } from './spans.js';

/** Probes, metrics and pages tell nothing of anybody's work. */
const TRACED = /^\/(webhooks|admin|oauth)\//;

/**
 * Each request to a door or the admin API is a span, named by its route. A trace begins with it: what strangers claim to
 * belong to is not believed.
 */
export function traceRequests(server: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  server.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url;
    if (route === undefined || !TRACED.test(route)) return done();
    const { span, inside } = beginSpan(`${request.method} ${route}`, {
      kind: 'server',
      parent: 'none',
      facts: { 'http.request.method': request.method, 'http.route': route },
    });
    spans.set(request, span);
    context.with(inside, done);
  });
  server.addHook('onResponse', (request, { statusCode }, done) => {
    const span = spans.get(request);
    span?.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}
