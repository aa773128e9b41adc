import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readFileSync, writeFileSync } from 'node:fs';
import { AppModule } from './app.module.js';
import { createAdapter } from './create-app.js';
import { describeApi } from './open-api.js';

// Writes openapi.json from the built application, or with --check says whether it is up to date.

const FILE = 'openapi.json';

// A preview knows all routes but starts nothing: no database, no environment.
const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), {
  preview: true,
  logger: false,
  abortOnError: false,
});
const document = `${JSON.stringify(describeApi(app), null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, document);
else if (readFileSync(FILE, 'utf8') !== document) {
  process.stderr.write(`${FILE} is not what the code says: run "npm run openapi" and commit it.\n`);
  process.exitCode = 1;
}
