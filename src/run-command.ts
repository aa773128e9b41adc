import { Logger, type LoggerService } from '@nestjs/common';
import { explainFailure } from './explain-failure.js';
import type { AppConfig } from './platform/config/app-config.js';
import { placeOf } from './platform/database/database.module.js';
import { assertThere, describePlace } from './platform/database/existing-database.js';
import { ServiceDataSource, type DatabasePlace } from './platform/database/service-data-source.js';
import { describeError } from './platform/errors/describe-error.js';

/** A text, or what is told beside one: `logger.warn({ count }, 'text')`. */
const lineOf = (message: unknown, text?: unknown): string =>
  typeof message === 'string'
    ? `${message}\n`
    : `${String(text)} ${JSON.stringify(message, withoutErrors)}\n`;

const withoutErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error ? describeError(value) : value;

/** What parts of the service log goes out as it is, to be read or kept: Nest's own way wraps each line in colours. */
const PLAIN_LINES: LoggerService = {
  log: (message: unknown, text?: unknown) => void process.stdout.write(lineOf(message, text)),
  warn: (message: unknown, text?: unknown) => void process.stderr.write(lineOf(message, text)),
  error: (message: unknown, text?: unknown) => void process.stderr.write(lineOf(message, text)),
};

/**
 * Runs a command of the terminal. It ends with the code that the work answers, or with 2 when it could not be done.
 * @param whatFailed says so, before the reason
 */
export async function runCommand(whatFailed: string, work: () => Promise<0 | 1>): Promise<void> {
  Logger.overrideLogger(PLAIN_LINES);
  try {
    process.exitCode = await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${explainFailure(error) ?? `${whatFailed}: ${reason}`}\n`);
    process.exitCode = 2;
  }
}

/** Which database a command works on is not what its user thinks, where a variable was not exported. */
export function sayWhere(place: DatabasePlace): void {
  const why = place.kind === 'embedded' ? ', for DATABASE_URL is not set' : '';
  process.stdout.write(`Database: ${describePlace(place)}${why}.\n`);
}

/**
 * Connects a command to the database that is there, as it is, and says which that is. Makes none.
 * @throws NoDatabaseThere
 */
export async function connectToExisting(config: Pick<AppConfig, 'database'>): Promise<ServiceDataSource> {
  const place = placeOf(config);
  assertThere(place);
  sayWhere(place);
  return ServiceDataSource.connect(place);
}
