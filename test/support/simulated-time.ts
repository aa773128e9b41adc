import type { DataSource } from 'typeorm';
import { RateBuckets } from '../../src/platform/http/rate-buckets.js';
import type { Waiting } from '../../src/platform/http/shared-rate-limiter.js';

/** Found before the real one by whoever looks here first. */
const CLOCK = [
  'CREATE SCHEMA simulated',
  'CREATE TABLE simulated.clock (began timestamptz, passed_ms double precision)',
  'INSERT INTO simulated.clock VALUES (clock_timestamp(), 0)',
  `CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql
     AS $$ SELECT began + passed_ms * interval '1 millisecond' FROM simulated.clock $$`,
  'ALTER FUNCTION reserve_call SET search_path = simulated, pg_catalog, public',
];

/**
 * Time that passes only while all who live in it wait, for limiters and for the database in which they reserve: however
 * long a machine takes, nobody is late.
 */
export class SimulatedTime implements Waiting {
  private passedMs = 0;
  private readonly asking = new Set<Promise<unknown>>();
  private readonly sleepers: { untilMs: number; wake: () => void }[] = [];

  private constructor(private readonly database: DataSource) {}

  /** From now on the database's calls are reserved in it. */
  static async begin(database: DataSource): Promise<SimulatedTime> {
    for (const statement of CLOCK) await database.query(statement);
    return new SimulatedTime(database);
  }

  readonly nowMs = (): number => this.passedMs;
  readonly wait = (ms: number): Promise<void> =>
    new Promise((wake) => this.sleepers.push({ untilMs: this.passedMs + ms, wake }));
  readonly random = Math.random;

  /** Those of a replica; `database` is its own data source. */
  buckets(database: DataSource): Pick<RateBuckets, 'reserve' | 'slowDown'> {
    const query = (text: string, values: unknown[]): Promise<unknown> =>
      database.query(text.replaceAll('clock_timestamp()', 'simulated.clock_timestamp()'), values);
    const buckets = new RateBuckets({ query } as DataSource);
    return {
      reserve: (...asked) => this.untilAnswered(buckets.reserve(...asked)),
      slowDown: (...told) => this.untilAnswered(buckets.slowDown(...told)),
    };
  }

  /** Begins anew at the given time of the database's clock. */
  async setTo(began: Date): Promise<void> {
    this.passedMs = 0;
    await this.database.query('UPDATE simulated.clock SET began = $1, passed_ms = 0', [began]);
  }

  /** Lets time pass until the work is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    for (;;) {
      // Who was answered or woken goes on first.
      await new Promise((next) => setImmediate(next));
      if (isDone) return done;
      if (this.asking.size > 0) await Promise.allSettled(this.asking);
      else await this.passToNext();
    }
  }

  private async untilAnswered<T>(answer: Promise<T>): Promise<T> {
    this.asking.add(answer);
    return answer.finally(() => this.asking.delete(answer));
  }

  private async passToNext(): Promise<void> {
    const [next] = this.sleepers.toSorted((a, b) => a.untilMs - b.untilMs);
    if (next === undefined) return;
    this.sleepers.splice(this.sleepers.indexOf(next), 1);
    this.passedMs = next.untilMs;
    await this.database.query('UPDATE simulated.clock SET passed_ms = $1', [this.passedMs]);
    next.wake();
  }
}
