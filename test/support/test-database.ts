import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

/** Where tests get their databases from: a template that was migrated once. */
export type DatabaseTemplate =
  { kind: 'server'; url: string; template: string } | { kind: 'embedded'; dataDir: string };

declare module 'vitest' {
  interface ProvidedContext {
    databaseTemplate: DatabaseTemplate;
  }
}

/** A database of one test file's own. */
export interface TestDatabase {
  /** The environment that leads the service to it. */
  env: Record<string, string>;
  drop(): Promise<void>;
}

let made = 0;

export async function createTestDatabase(template: DatabaseTemplate): Promise<TestDatabase> {
  if (template.kind === 'embedded') {
    const dataDir = mkdtempSync(join(tmpdir(), 'lever-victig-test-'));
    cpSync(template.dataDir, dataDir, { recursive: true });
    return {
      env: { DATA_DIR: dataDir },
      drop: async () => rmSync(dataDir, { recursive: true, force: true }),
    };
  }
  const name = `lv_test_${process.pid}_${++made}_${Date.now()}`;
  await onServer(template.url, `CREATE DATABASE ${name} TEMPLATE ${template.template}`);
  const url = new URL(template.url);
  url.pathname = `/${name}`;
  return {
    env: { DATABASE_URL: url.href },
    // Not forced: a connection that is still open is a leak, and fails the test here.
    drop: () => onServer(template.url, `DROP DATABASE ${name}`),
  };
}

export async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
