import type { FastifyInstance } from 'fastify';

/**
 * What every answer carries. They are for programs: nothing may be embedded, guessed, kept by caches, or passed on in a
 * referrer, and a page made of one could load and run nothing. Source: OWASP REST Security Cheat Sheet.
 */
export const ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Swagger UI is a page: it runs its own script and styles, and asks this service alone. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DOCS = /^\/docs(?:[/?]|$)/;

const TRANSPORT_SECURITY = 'max-age=31536000';

/** @param isHttps whether people reach the service by https: then browsers are told never to come otherwise */
export function addAnswerHeaders(server: FastifyInstance, isHttps: boolean): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(ANSWER_HEADERS);
    if (isHttps) reply.header('strict-transport-security', TRANSPORT_SECURITY);
    if (DOCS.test(request.url)) reply.header('content-security-policy', DOCS_POLICY);
    done();
  });
}
