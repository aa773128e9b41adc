import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describeDependencies, faultsIn, listDependencies, type LockFile } from './list-dependencies.ts';

// Writes docs/dependencies.md from the lock file, or with --check says whether it is up to date. Asks no registry.

const FILE = 'docs/dependencies.md';

const REASONS: Record<string, string> = {
  '@electric-sql/pglite': 'the embedded database, for trying out and one small site',
  '@electric-sql/pglite-socket': 'lets the embedded database be spoken to like a server',
  '@fastify/static': 'the files of Swagger UI',
  '@nestjs/common': 'the framework: modules, routes, injection',
  '@nestjs/config': 'the configuration in the framework’s container',
  '@nestjs/core': 'the framework’s start and shutdown',
  '@nestjs/platform-fastify': 'the framework on Fastify',
  '@nestjs/swagger': 'the OpenAPI document and Swagger UI',
  '@nestjs/terminus': 'health checks',
  '@nestjs/typeorm': 'TypeORM in the framework’s container',
  '@opentelemetry/api': 'spans and their context; pg-boss and prom-client bring it anyway',
  '@opentelemetry/context-async-hooks': 'which span is the current one; loaded when traces are on',
  '@opentelemetry/exporter-trace-otlp-http': 'sends spans to a collector; loaded when traces are on',
  '@opentelemetry/resources': 'whose spans they are; loaded when traces are on',
  '@opentelemetry/sdk-trace': 'records spans; loaded when traces are on',
  'class-transformer': 'bodies of the admin API become objects',
  'class-validator': 'fields of the admin API are checked',
  cockatiel: 'breakers for calls to the vendors',
  'fastest-levenshtein': 'near misses of names, for hints',
  fastify: 'the HTTP server',
  jose: 'tokens of an OIDC issuer',
  'libphonenumber-js': 'phone numbers as VICTIG takes them',
  'nestjs-pino': 'the framework’s log by pino',
  pg: 'the connection to PostgreSQL',
  'pg-boss': 'the job queue in PostgreSQL',
  pino: 'the log',
  'prom-client': 'metrics',
  'reflect-metadata': 'decorators of the framework and of TypeORM',
  rxjs: 'the framework’s interceptors',
  typeorm: 'entities, transactions, migrations',
  undici: 'calls to the vendors, with a say on addresses',
  uuid: 'ids that are in order of time',
  zod: 'schemas of the environment, vendors, jobs and settings',
};

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
const dependencies = listDependencies(lock);
const page = describeDependencies(dependencies, REASONS);
const faults = [...faultsIn(dependencies, REASONS), ...contradictionsOfPackages()];
if (!process.argv.includes('--check')) writeFileSync(FILE, page);
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== page) {
  faults.push(`${FILE} is not what the lock file says: run "npm run licenses" and commit it`);
}
for (const fault of faults) process.stderr.write(`${fault}.\n`);
if (faults.length > 0) process.exitCode = 1;

/** The lock file repeats what the registry said of a package; where it is installed, it says so itself. */
function contradictionsOfPackages(): string[] {
  return Object.entries(lock.packages).flatMap(([place, { license = 'not said', dev }]) => {
    const file = `${place}/package.json`;
    if (place === '' || dev || !existsSync(file)) return [];
    const { license: own } = JSON.parse(readFileSync(file, 'utf8')) as { license?: unknown };
    return typeof own !== 'string' || own === license
      ? []
      : [`${place}: its licence is "${own}", and in the lock file "${license}"`];
  });
}
