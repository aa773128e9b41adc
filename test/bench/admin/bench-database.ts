import { Client } from 'pg';

/** A database of its own, dropped when the run is over. */
export interface BenchDatabase {
  url: string;
  client: Client;
  /** One more connection; whoever asks for it ends it. */
  connect(): Promise<Client>;
  sizeGb(): Promise<number>;
  drop(): Promise<void>;
}

export async function createBenchDatabase(server: string): Promise<BenchDatabase> {
  const name = `lv_bench_${process.pid}_${Date.now()}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: url.href });
    await client.connect();
    return client;
  };
  const client = await connect();
  return {
    url: url.href,
    client,
    connect,
    async sizeGb() {
      const { rows } = await client.query<{ bytes: string }>(
        'SELECT pg_database_size(current_database()) AS bytes',
      );
      return Math.round(Number(rows[0]?.bytes) / 1e7) / 100;
    },
    async drop() {
      await client.end();
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
