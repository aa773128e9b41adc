import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveApiDescription } from './open-api.js';
import { Draining } from './platform/health/draining.js';
import { closeWhenLeaving } from './platform/http/close-when-leaving.js';
import { BODY_LIMIT_BYTES, parseJsonBody } from './platform/http/json-body.js';
import { answerOtherMethods } from './platform/http/known-routes.js';
import { RequestValidation } from './platform/http/request-validation.js';
import { answerRequestIds, requestIdOf } from './platform/http/request-ids.js';
import { answerClientError, answerFrameworkError } from './platform/http/refused-connections.js';

/** Slow clients may take this long over a request. */
const REQUEST_TIMEOUT_MS = 30_000;

export function createAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
    genReqId: requestIdOf,
  });
  const server = adapter.getInstance();
  answerRequestIds(server);
  answerOtherMethods(server);
  return adapter;
}

/** Only JSON is read, and by our own parser. */
export const APP_OPTIONS = { bodyParser: false } as const;

/** All of the HTTP side that is the same in production and in tests. */
export function prepareApp(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  const draining = app.get(Draining, { strict: false });
  closeWhenLeaving(server, () => draining.isDraining);
  server.removeAllContentTypeParsers();
  app.useBodyParser('application/json', { bodyLimit: BODY_LIMIT_BYTES }, (_request, body: Buffer, done) => {
    try {
      done(null, parseJsonBody(body));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
  app.useGlobalPipes(new RequestValidation());
  app.enableShutdownHooks([], { useProcessExit: true });
  serveApiDescription(app);
}
