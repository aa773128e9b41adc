import { PGlite } from '@electric-sql/pglite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { UsageError } from './options.ts';

/** The database of one run, with what an onlooker may do to it. */
export interface RunDatabase {
  /** The environment that leads the service to it. */
  env: Record<string, string>;
  /** Ends connections of the service, as a failing network would; answers how many. None if embedded. */
  cutConnections(atMost: number): Promise<number>;
  /** Only once no service uses it: reads what it holds. */
  read<T>(statement: string): Promise<T[]>;
  drop(): Promise<void>;
}

/** @param template a database of the server that it is to be a copy of */
export async function createRunDatabase(embedded: boolean, template?: string): Promise<RunDatabase> {
  if (embedded) return embeddedDatabase();
  const server = process.env['TEST_DATABASE_URL'] ?? process.env['DATABASE_URL'];
  if (!server) throw new UsageError('There is no TEST_DATABASE_URL; give one, or --embedded.');
  return serverDatabase(server, template);
}

function embeddedDatabase(): RunDatabase {
  const dataDir = mkdtempSync(join(tmpdir(), 'lever-victig-chaos-'));
  return {
    env: { DATA_DIR: dataDir },
    cutConnections: async () => 0,
    async read<T>(statement: string) {
      const database = await PGlite.create(join(dataDir, 'postgres'));
      try {
        return (await database.query<T>(statement)).rows;
      } finally {
        await database.close();
      }
    },
    drop: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

async function serverDatabase(server: string, template: string | undefined): Promise<RunDatabase> {
  const name = `lv_chaos_${process.pid}_${Date.now()}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  // Large ones are copied as files: otherwise all of them is written to the log, too.
  const copied = template === undefined ? '' : ` TEMPLATE ${template} STRATEGY FILE_COPY`;
  await query(server, `CREATE DATABASE ${name}${copied}`);
  return {
    env: { DATABASE_URL: url.href },
    async cutConnections(atMost) {
      const { rowCount } = await query(
        server,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = '${name}' ORDER BY random() LIMIT ${atMost}`,
      );
      return rowCount ?? 0;
    },
    read: async <T>(statement: string) => (await query(url.href, statement)).rows as T[],
    drop: async () => {
      await query(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function query(connectionString: string, statement: string) {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}
