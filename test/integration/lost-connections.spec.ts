import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const template = inject('databaseTemplate');

/** What PostgreSQL says to a connection that an operator ends. */
const FATAL = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
const TERMINATED = Buffer.concat([Buffer.from('E'), lengthOf(FATAL), FATAL]);
/** The server waits for the next statement: the last message of an answer. */
const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');

function lengthOf(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return length;
}

/** Stands before a PostgreSQL and ends a connection right after an answer, in the same packet: so a busy process gets it. */
class Doorkeeper {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** The next answer is the connection's last. */
  endsNext = false;

  constructor(private readonly to: URL) {
    this.server = createServer((client) => this.pass(client));
  }

  async url(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const url = new URL(this.to);
    url.host = `127.0.0.1:${address.port}`;
    return url.href;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(client: Socket): void {
    const database = connect(Number(this.to.port || 5432), this.to.hostname);
    for (const socket of [client, database]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.pipe(database);
    database.on('data', (chunk: Buffer) => {
      const isLast = this.endsNext && chunk.subarray(-READY.length).equals(READY);
      if (!isLast) {
        client.write(chunk);
        return;
      }
      this.endsNext = false;
      client.end(Buffer.concat([chunk, TERMINATED]));
      database.destroy();
    });
    database.on('close', () => client.end());
    client.on('close', () => database.destroy());
  }
}

/** Lost while another connection of the same process runs the migrations. */
class EndTheTurn implements MigrationInterface {
  readonly name = 'EndTheTurn1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
       WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
  }
  async down(): Promise<void> {}
}

describe.runIf(template.kind === 'server')('a connection to PostgreSQL that is lost', () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  const database = async (): Promise<TestDatabase & { url: string }> => {
    const made = await createTestDatabase(template);
    cleanUps.push(() => made.drop());
    return { ...made, url: made.env['DATABASE_URL'] ?? '' };
  };

  const behindDoorkeeper = async (): Promise<{ doorkeeper: Doorkeeper; url: string }> => {
    const doorkeeper = new Doorkeeper(new URL((await database()).url));
    cleanUps.push(() => doorkeeper.stop());
    return { doorkeeper, url: await doorkeeper.url() };
  };

  // What nobody listens for ends the process, and here the test run.
  it('as soon as it is made fails who asked for it, and not the process (F1)', async () => {
    const { doorkeeper, url } = await behindDoorkeeper();
    const dataSource = await ServiceDataSource.connect({ kind: 'server', url, poolSize: 2 });
    cleanUps.push(() => dataSource.destroy());
    const first = dataSource.createQueryRunner();
    cleanUps.push(() => first.release());
    await first.connect();
    doorkeeper.endsNext = true;
    await expect(dataSource.query('SELECT 2 AS two')).rejects.toThrow('not queryable');
    expect(await dataSource.query('SELECT 3 AS three')).toEqual([{ three: 3 }]);
  });

  it('while it holds the turn to migrate leaves the migrations to go on (F5)', async () => {
    const { url } = await database();
    const opened = await ServiceDataSource.open(
      { kind: 'server', url, poolSize: 2 },
      { entities: [], migrations: [EndTheTurn] },
    );
    cleanUps.push(() => opened.destroy());
    expect(
      await opened.query(`SELECT 1 FROM migrations WHERE name = '${new EndTheTurn().name}'`),
    ).toHaveLength(1);
  });
});
