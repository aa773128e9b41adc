import type { PoolClient } from 'pg';
import type { QueryRunner } from 'typeorm';
import { combine, failureOf, type Call, type Write } from './combined-write.js';

/**
 * The statements of one transaction. Writes whose answer nobody waits for are kept back until something else is asked,
 * and are then made together; a transaction that consists of them alone is one statement. To whoever reads they are
 * made at once: whatever uses the connection finds them done.
 */
export class WriteBehind {
  private readonly connect: () => Promise<PoolClient>;
  private waiting: Write[] = [];
  private hasBegun = false;
  /** The connection is being brought to where its user expects it. */
  private catchingUp: Promise<void> = Promise.resolve();

  constructor(private readonly runner: QueryRunner) {
    this.connect = runner.connect.bind(runner) as () => Promise<PoolClient>;
    // Everything that TypeORM and others do with a connection goes through here.
    runner.connect = async () => {
      const client = await this.connect();
      await this.catchUp(client);
      return client;
    };
    // For who asks TypeORM before the first statement, as `FOR UPDATE` does.
    (runner as { isTransactionActive: boolean }).isTransactionActive = true;
  }

  /** Resolves when it is kept; what it comes to is known with the next statement, at the latest when it all ends. */
  async write(write: Write): Promise<void> {
    const isSecond = write.row !== undefined && this.waiting.some(({ row }) => row === write.row);
    if (isSecond) await this.runner.connect();
    this.waiting.push(write);
  }

  /** @param calls are made after all else, so that what they lock is locked for the shortest time */
  async commit(calls: readonly Call[]): Promise<void> {
    await this.catchingUp;
    const { hasBegun } = this;
    if (hasBegun || this.waiting.length > 0 || calls.length > 0) {
      const client = await this.connect();
      if (this.waiting.length > 0 || calls.length > 0) await this.flush(client, calls);
      if (hasBegun) await this.ask(client, 'COMMIT');
    }
    this.end();
  }

  /** Never rejects: a connection that cannot be asked has rolled back. */
  async rollBack(): Promise<void> {
    this.waiting = [];
    await this.catchingUp.catch(() => undefined);
    if (this.hasBegun)
      await this.connect()
        .then((client) => client.query('ROLLBACK'))
        .catch(() => undefined);
    this.end();
  }

  private end(): void {
    (this.runner as { isTransactionActive: boolean }).isTransactionActive = false;
  }

  private catchUp(client: PoolClient): Promise<void> {
    this.catchingUp = this.bring(client, this.catchingUp);
    return this.catchingUp;
  }

  private async bring(client: PoolClient, before: Promise<void>): Promise<void> {
    await before;
    if (!this.hasBegun) {
      this.hasBegun = true;
      await this.ask(client, 'START TRANSACTION');
    }
    if (this.waiting.length > 0) await this.flush(client, []);
  }

  private async flush(client: PoolClient, calls: readonly Call[]): Promise<void> {
    const writes = this.waiting;
    this.waiting = [];
    const statement = combine(writes, calls);
    try {
      await this.ask(client, statement.text, statement.values);
    } catch (error) {
      throw failureOf(error, statement, writes);
    }
  }

  private async ask(client: PoolClient, text: string, values?: unknown[]): Promise<void> {
    const { logger: listener } = this.runner.dataSource;
    listener.logQuery(text, values, this.runner);
    await client.query(text, values);
  }
}
