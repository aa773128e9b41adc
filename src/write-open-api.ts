import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readFileSync, writeFileSync } from 'node:fs';
import { AppModule } from './app.module.js';
import { createAdapter } from './create-app.js';
import { describeApi } from './open-api.js';
import type { ApiDocument } from './platform/open-api/document.js';
import { problemsPage } from './platform/open-api/problems-page.js';

// Writes openapi.json and docs/problems.md from the built application, or with --check says whether they are up to date.

// A preview knows all routes but starts nothing: no database, no environment.
const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), {
  preview: true,
  logger: false,
  abortOnError: false,
});
const document = describeApi(app);
const files = {
  'openapi.json': `${JSON.stringify(document, null, 2)}\n`,
  'docs/problems.md': problemsPage(document as unknown as ApiDocument),
};

for (const [file, content] of Object.entries(files)) {
  if (!process.argv.includes('--check')) writeFileSync(file, content);
  else if (readFileSync(file, 'utf8') !== content) {
    process.stderr.write(`${file} is not what the code says: run "npm run openapi" and commit it.\n`);
    process.exitCode = 1;
  }
}
