import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { describeError } from '../errors/describe-error.js';
import { prettyLine } from './pretty-line.js';
import { idsOfJob } from './current-ids.js';
import { allowedLine } from './allowed-line.js';

/** pino-http has its own serializer run before ours unless it is told; either gives us the error itself. */
const describeErrorOnce = (error: unknown): unknown =>
  describeError(error instanceof Error ? error : rawOf(error));

/** The error within what pino's own serializer made of it. */
const rawOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'raw' in error ? error.raw : error;

/** Its middleware is not used: `log-requests.ts` tells of requests. */
export const LOGGED = { forRoutes: [] };

/**
 * How pino is to write: only what is listed in `allowed-line.ts`, wherever it goes.
 * @param isTerminal people read it, and not a program
 */
export const logOptions = (level: string, isTerminal = process.stdout.isTTY) =>
  ({
    level,
    autoLogging: false,
    serializers: {
      req: (request: { id: unknown; method: string }) => ({ id: request.id, method: request.method }),
      err: describeErrorOnce,
    },
    mixin: idsOfJob,
    hooks: { streamWrite: isTerminal ? (line: string) => prettyLine(allowedLine(line)) : allowedLine },
  }) as const;

/**
 * Structured logs. Of a request no headers, no body and no path but its route's are written, for ids of people are in it; of an error
 * what `describeError` says (A4).
 */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [appConfig.KEY],
      useFactory: ({ logging }: AppConfig) => ({ pinoHttp: logOptions(logging.level), ...LOGGED }),
    }),
  ],
})
export class LoggingModule {}
