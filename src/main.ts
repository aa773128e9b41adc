import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, createAdapter, prepareApp } from './create-app.js';
import { appConfig, ConfigError, type AppConfig } from './platform/config/app-config.js';
import { DataDirInUse } from './platform/database/data-dir-lock.js';

/** Faults that a person can mend are told in a sentence; everything else with its stack. */
function explain(error: unknown, config?: AppConfig): string {
  if (error instanceof ConfigError || error instanceof DataDirInUse) return error.message;
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'EADDRINUSE') {
      return `Port ${config?.http.port} on ${config?.http.host} is in use by another program. Stop it, or set PORT to another port.`;
    }
    if (error.code === 'ECONNREFUSED') {
      return 'The database does not answer. Check DATABASE_URL and that PostgreSQL runs.';
    }
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

let config: AppConfig | undefined;
try {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), {
    ...APP_OPTIONS,
    // Until the service's own logger is there; what ends the start is told below, and only once.
    bufferLogs: true,
    autoFlushLogs: false,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.flushLogs();
  prepareApp(app);
  config = app.get<AppConfig>(appConfig.KEY);
  await app.listen(config.http.port, config.http.host);
} catch (error) {
  process.stderr.write(`${explain(error, config)}\n`);
  process.exit(1);
}
