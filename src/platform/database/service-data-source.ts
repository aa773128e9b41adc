import type { ClientBase } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { startEmbeddedDatabase, type EmbeddedDatabase } from './embedded-database.js';
import { impatientClient } from './impatient-client.js';
import { letOthersThrough } from './let-others-through.js';
import { SteadyClient } from './steady-client.js';
import { assertUsable } from './usable-server.js';

/** Where the service keeps everything: a PostgreSQL server, or the embedded database in a folder. */
export type DatabasePlace =
  | {
      kind: 'server';
      url: string;
      poolSize: number;
      /** After so long the server ends a statement; half a minute when left out. */
      patienceMs?: number;
    }
  | { kind: 'embedded'; dataDir: string | null };

const CONNECT_TIMEOUT_MS = 10_000;

export const PATIENCE_MS = 30_000;

/**
 * Once opened, so many connections stay: a candidate who comes after a silence need not wait until they are there again, and
 * know the tables. What it brings is in docs/performance.md.
 */
const KEPT_OPEN = 5;

/** What is not answered in a third more than the server's patience was swallowed on the way. */
const silenceOf = (patienceMs: number): number => Math.ceil((patienceMs * 4) / 3);

/** The server asks a silent connection of ours for a sign of life after 10 s, and gives it up after 40. */
const ASKED_FOR_LIFE =
  '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=40000';

/**
 * How the server reads and writes values, and what a transaction sees, is what our statements were written for, whatever an
 * operator has set for the server, the database or the role.
 */
const AS_WRITTEN_FOR = [
  'datestyle=ISO',
  'intervalstyle=postgres',
  'timezone=UTC',
  'bytea_output=hex',
  'extra_float_digits=1',
  'standard_conforming_strings=on',
  String.raw`default_transaction_isolation=read\ committed`,
  'default_transaction_deferrable=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/**
 * A connection that is dead without a word is noticed at both ends while nothing is on its way: by the system here, and by
 * the server, which would keep what its transaction has locked for as long as its own system waits, two hours mostly.
 */
export const KEEP_ALIVE = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  options: `${ASKED_FOR_LIFE} ${AS_WRITTEN_FOR}`,
  // Whatever answers for a dead one on the way: no transaction of ours waits for anything but the next statement.
  idle_in_transaction_session_timeout: PATIENCE_MS,
} as const;

/** For every pool on a server: nothing is waited for without end, neither by the server nor by us. */
export function patienceOf({ patienceMs = PATIENCE_MS }: { patienceMs?: number | undefined }) {
  return {
    ...KEEP_ALIVE,
    statement_timeout: patienceMs,
    idle_in_transaction_session_timeout: patienceMs,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    Client: impatientClient(silenceOf(patienceMs)),
  };
}

/** A replica whose turn does not come ends with an error, so that somebody hears of it. */
const TURN_TIMEOUT_MS = 120_000;

/**
 * Whoever wants a table stands behind the migration that waits for it: so long, and not as long as a dump may take. Longer
 * than the second after which PostgreSQL looks for a deadlock, and ends an autovacuum that is in the way.
 */
const TABLE_TIMEOUT_MS = 2_000;

/** Those who stood behind it are through by then. */
const LET_THROUGH_MS = 3_000;

/** Any number that no other program locks in the same database. */
const MIGRATION_LOCK = 7_216_301;

/** The one data source. It owns the embedded database, if there is one, and ends it when it is destroyed. */
export class ServiceDataSource extends DataSource {
  private constructor(
    options: DataSourceOptions,
    readonly place: DatabasePlace,
    private readonly embedded: EmbeddedDatabase | null,
  ) {
    super(options);
  }

  /** Connects and brings the schema up to date; safe when many replicas start at once (F5). */
  static async open(
    place: DatabasePlace,
    parts: Pick<DataSourceOptions, 'entities' | 'migrations'>,
  ): Promise<ServiceDataSource> {
    const dataSource = await ServiceDataSource.connect(place, parts);
    try {
      await assertUsable(dataSource);
      await dataSource.migrate(parts);
    } catch (error) {
      await dataSource.destroy();
      throw error;
    }
    return dataSource;
  }

  /** Connects to a database as it is, and leaves its schema alone: for commands. */
  static async connect(
    place: DatabasePlace,
    parts: Pick<DataSourceOptions, 'entities' | 'migrations'> = { entities: [], migrations: [] },
  ): Promise<ServiceDataSource> {
    const embedded = place.kind === 'embedded' ? await startEmbeddedDatabase(place.dataDir) : null;
    const target =
      place.kind === 'server'
        ? {
            url: place.url,
            poolSize: place.poolSize,
            extra: { ...patienceOf(place), min: Math.min(KEPT_OPEN, place.poolSize) },
          }
        : {
            host: embedded?.host ?? '',
            port: embedded?.port ?? 0,
            username: 'postgres',
            database: 'postgres',
            // PGlite's multiplexer deadlocks when two connections run transactions at once.
            poolSize: 1,
            extra: { Client: SteadyClient },
          };
    const dataSource = new ServiceDataSource(
      {
        type: 'postgres',
        ...target,
        ...parts,
        synchronize: false,
        applicationName: 'lever-victig',
        // So that waiting for a connection inside a transaction is an error and not a hang.
        connectTimeoutMS: CONNECT_TIMEOUT_MS,
      },
      place,
      embedded,
    );
    try {
      await dataSource.initialize();
    } catch (error) {
      await embedded?.stop();
      throw error;
    }
    return dataSource;
  }

  override async destroy(): Promise<void> {
    await super.destroy();
    await this.embedded?.stop();
  }

  private async migrate(parts: Pick<DataSourceOptions, 'migrations'>): Promise<void> {
    if (this.place.kind === 'embedded') {
      await this.runMigrations({ transaction: 'each' });
      return;
    }
    const { url } = this.place;
    const turn = new SteadyClient({
      ...KEEP_ALIVE,
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    await turn.connect();
    try {
      await waitForLocksOnly(turn, TURN_TIMEOUT_MS);
      await turn.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      // Each migration is a transaction, so that the next try goes on where this one was refused.
      await letOthersThrough(() => runMigrations(url, parts), {
        pauseMs: LET_THROUGH_MS,
        patienceMs: TURN_TIMEOUT_MS,
      });
    } finally {
      // Lost meanwhile, the turn is over: each migration is a transaction, and of two at once one fails as a whole.
      await turn.end();
    }
  }
}

/** On a data source of its own: a migration may take as long as it does, and waits for nothing but a moment for a table. */
async function runMigrations(url: string, parts: Pick<DataSourceOptions, 'migrations'>): Promise<void> {
  const migrating = new DataSource({
    type: 'postgres',
    url,
    poolSize: 1,
    ...parts,
    applicationName: 'lever-victig-migrations',
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    extra: {
      ...KEEP_ALIVE,
      Client: SteadyClient,
      onConnect: (client: ClientBase) => waitForLocksOnly(client, TABLE_TIMEOUT_MS),
    },
  });
  await migrating.initialize();
  try {
    await migrating.runMigrations({ transaction: 'each' });
  } finally {
    await migrating.destroy();
  }
}

/** By a statement, whatever is set for the role: a pooler of connections may ignore what a connection asks for at its start. */
async function waitForLocksOnly(client: ClientBase, lockTimeoutMs: number): Promise<void> {
  await client.query(`SET statement_timeout = 0; SET lock_timeout = ${lockTimeoutMs}`);
}
