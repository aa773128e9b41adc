import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, createAdapter, prepareApp } from './create-app.js';
import { explainFailure } from './explain-failure.js';
import { readConfig, type AppConfig } from './platform/config/app-config.js';
import { describeError } from './platform/errors/describe-error.js';
import { assertPortFree } from './platform/http/assert-port-free.js';

/** Faults that a person can mend are told in a sentence; everything else with its stack. */
function explain(error: unknown, config?: AppConfig): string {
  const sentence = explainFailure(error, config);
  return sentence ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** What takes longer than this hangs: the process ends and says so, rather than to stand there half alive (F5). */
const START_TIMEOUT_MS = 180_000;
const SHUTDOWN_TIMEOUT_MS = 40_000;

function endAfter(timeoutMs: number, sentence: string): NodeJS.Timeout {
  return setTimeout(() => {
    process.stderr.write(`${sentence}\n`);
    process.exit(1);
  }, timeoutMs);
}

// Left to itself, Node writes down an error with all that hangs on it, such as the parameters of a statement (A4).
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    process.stderr.write(`${event}: ${JSON.stringify(describeError(error))}\n`);
    process.exit(1);
  });
}

let config: AppConfig | undefined;
const start = endAfter(
  START_TIMEOUT_MS,
  `The service did not start within ${START_TIMEOUT_MS / 1_000} s. Check that the database answers and that no migration is stuck.`,
);
try {
  config = readConfig(process.env);
  // Who cannot be reached must take no job either, which it would until `listen` fails.
  await assertPortFree(config.http);
  const adapter = createAdapter(config.access.trustedProxies);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, {
    ...APP_OPTIONS,
    // Until the service's own logger is there; what ends the start is told below, and only once.
    bufferLogs: true,
    autoFlushLogs: false,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.flushLogs();
  prepareApp(app);
  await app.listen(config.http.port, config.http.host);
  clearTimeout(start);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      endAfter(
        SHUTDOWN_TIMEOUT_MS,
        `The service did not shut down within ${SHUTDOWN_TIMEOUT_MS / 1_000} s and is ended; work in hand is taken up by the next start.`,
      ).unref();
    });
  }
} catch (error) {
  process.stderr.write(`${explain(error, config)}\n`);
  process.exit(1);
}
