import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { appConfig, type AppConfig } from '../config/app-config.js';

/**
 * Structured logs. Of a request only what is listed here is written: no headers, no bodies, no query, and of the
 * path only the route, for ids of people are in it (A4).
 */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [appConfig.KEY],
      useFactory: (config: AppConfig) => ({
        pinoHttp: {
          level: config.logging.level,
          autoLogging: { ignore: (request) => /^\/(health|metrics)/.test(request.url ?? '') },
          serializers: {
            req: (request: { id: unknown; method: string }) => ({ id: request.id, method: request.method }),
            res: (reply: { statusCode: number }) => ({ statusCode: reply.statusCode }),
            err: (error: Error) => ({ type: error.name, message: error.message, stack: error.stack }),
          },
        },
      }),
    }),
  ],
})
export class LoggingModule {}
