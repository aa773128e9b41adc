import { ModulesContainer, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { AppModule } from './app.module.js';
import { createAdapter } from './create-app.js';
import { describeAccess } from './platform/access/describe-access.js';
import { listRoutes } from './platform/access/list-routes.js';

// Writes docs/access.md from the built application, or with --check says whether it is up to date.

const FILE = 'docs/access.md';

// A preview knows all routes but starts nothing: no database, no environment.
const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), {
  preview: true,
  logger: false,
  abortOnError: false,
});
const page = describeAccess(listRoutes(app.get(ModulesContainer, { strict: false })));

if (!process.argv.includes('--check')) writeFileSync(FILE, page);
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== page) {
  process.stderr.write(`${FILE} is not what the routes say: run "npm run access" and commit it.\n`);
  process.exitCode = 1;
}
