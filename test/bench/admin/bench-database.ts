import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database of its own. */
export interface BenchDatabase {
  name: string;
  url: string;
  client: Client;
  /** What seals in it, as `ENCRYPTION_KEYS`; kept with it, for nobody but the bench has anything in there. */
  encryptionKeys: string;
  /** An earlier run has filled it, and kept it. */
  isFilled: boolean;
  markFilled(): Promise<void>;
  /** One more connection; whoever asks for it ends it. */
  connect(): Promise<Client>;
  sizeGb(): Promise<number>;
  /** Leaves it for another run. */
  leave(): Promise<void>;
  drop(): Promise<void>;
}

/** The database of that name, made where it is not there. */
export async function openBenchDatabase(server: string, name: string): Promise<BenchDatabase> {
  const keysOfFilled = await onServer(server, (client) => readMark(client, name));
  if (keysOfFilled === null) {
    await onServer(server, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${name}`);
    });
  }
  const url = new URL(server);
  url.pathname = `/${name}`;
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: url.href });
    await client.connect();
    return client;
  };
  const client = await connect();
  const encryptionKeys = keysOfFilled ?? `bench:${randomBytes(32).toString('base64')}`;
  return {
    name,
    url: url.href,
    client,
    encryptionKeys,
    isFilled: keysOfFilled !== null,
    async markFilled() {
      await client.query(`COMMENT ON DATABASE ${name} IS '${FILLED}${encryptionKeys}'`);
    },
    connect,
    async sizeGb() {
      const { rows } = await client.query<{ bytes: string }>(
        'SELECT pg_database_size(current_database()) AS bytes',
      );
      return Math.round(Number(rows[0]?.bytes) / 1e7) / 100;
    },
    leave: () => client.end(),
    async drop() {
      await client.end();
      await onServer(server, (other) => other.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

const FILLED = 'filled by bench:admin with ';

/** The keys that seal in a database that was filled; null: there is none. */
async function readMark(client: Client, name: string): Promise<string | null> {
  const { rows } = await client.query<{ mark: string | null }>(
    `SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = $1`,
    [name],
  );
  const mark = rows[0]?.mark;
  return mark?.startsWith(FILLED) ? mark.slice(FILLED.length) : null;
}

async function onServer<T>(server: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
