import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { ServiceDataSource, type DatabasePlace } from '../../src/platform/database/service-data-source.js';
import { onServer } from './test-database.js';

const parts = { entities: [], migrations: MIGRATIONS };

/** Migrates a template once; each test file gets a copy of its own. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = process.env['TEST_DATABASE_URL'];
  if (server) {
    const template = `lv_template_${process.pid}_${Date.now()}`;
    await onServer(server, `CREATE DATABASE ${template}`);
    const url = new URL(server);
    url.pathname = `/${template}`;
    await migrate({ kind: 'server', url: url.href, poolSize: 2 });
    provide('databaseTemplate', { kind: 'server', url: server, template });
    return () => onServer(server, `DROP DATABASE ${template}`);
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'lever-victig-template-'));
  await migrate({ kind: 'embedded', dataDir });
  provide('databaseTemplate', { kind: 'embedded', dataDir });
  return async () => rmSync(dataDir, { recursive: true, force: true });
}

async function migrate(place: DatabasePlace): Promise<void> {
  const database = await ServiceDataSource.open(place, parts);
  await database.destroy();
}
