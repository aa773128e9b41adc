import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { errorCodes } from 'fastify';
import { serveApiDescription } from './open-api.js';
import { appConfig, type AppConfig } from './platform/config/app-config.js';
import { Draining } from './platform/health/draining.js';
import { closeWhenLeaving } from './platform/http/close-when-leaving.js';
import { addAnswerHeaders } from './platform/http/answer-headers.js';
import { BODY_LIMIT_BYTES, parseJsonBody } from './platform/http/json-body.js';
import { addNextPageLinks } from './platform/http/next-page-link.js';
import { answerOtherMethods } from './platform/http/known-routes.js';
import { logRequests } from './platform/logging/log-requests.js';
import { traceRequests } from './platform/tracing/trace-requests.js';
import { RequestValidation } from './platform/http/request-validation.js';
import { answerRequestIds, nameRequests, requestIdOf } from './platform/http/request-ids.js';
import { answerClientError, answerFrameworkError } from './platform/http/refused-connections.js';

/** How long clients may take. */
export interface Patience {
  /** Over the headers of a request, so that a trickle of them holds no connection. */
  headersMs: number;
  /** Over a whole request. */
  requestMs: number;
  /** Without a byte either way, also while it is answered: the longest answer is that of an audit's verification. */
  silenceMs: number;
  /** How often the first two are looked after. */
  checkEveryMs: number;
}

const PATIENCE: Patience = {
  headersMs: 10_000,
  requestMs: 30_000,
  silenceMs: 300_000,
  checkEveryMs: 5_000,
};

/**
 * @param trustedProxies addresses and networks whose `X-Forwarded-For` is believed; of nobody else's it is
 */
export function createAdapter(
  trustedProxies: readonly string[] = [],
  { headersMs, requestMs, silenceMs, checkEveryMs }: Patience = PATIENCE,
): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestMs,
    connectionTimeout: silenceMs,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: checkEveryMs },
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
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
  const config = app.get<AppConfig>(appConfig.KEY);
  if (config.tracing) traceRequests(server);
  nameRequests(server);
  logRequests(server);
  closeWhenLeaving(server, () => draining.isDraining);
  addNextPageLinks(server);
  addAnswerHeaders(server, config.http.publicUrl.startsWith('https:'));
  server.removeAllContentTypeParsers();
  app.useBodyParser('application/json', { bodyLimit: BODY_LIMIT_BYTES }, (request, body: Buffer, done) => {
    try {
      if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
        throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE();
      // Many clients name the content type of a body that they do not send.
      done(null, body.length === 0 ? undefined : parseJsonBody(body));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
  app.useGlobalPipes(new RequestValidation());
  app.enableShutdownHooks([], { useProcessExit: true });
  serveApiDescription(app);
}
