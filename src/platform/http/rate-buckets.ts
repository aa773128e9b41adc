import type { DataSource } from 'typeorm';
import type { Pace } from './pace.js';

/**
 * - `granted`: the call may be made in `waitMs`.
 * - `ask_again`: nothing was reserved; before `waitMs` nothing can be.
 * - `day_used_up`: nothing was reserved; the next day begins in `waitMs`.
 */
export interface Reservation {
  outcome: 'granted' | 'ask_again' | 'day_used_up';
  waitMs: number;
}

/** Reserves calls in the database and by its clock, one statement each, exact across all replicas. */
export class RateBuckets {
  constructor(private readonly dataSource: DataSource) {}

  async reserve(key: string, pace: Pace): Promise<Reservation> {
    const [answer] = await this.dataSource.query<Reservation[]>(
      // Not waited for until it is on disk: a server that dies forgets a moment's calls, and the vendor's 429 tells.
      `SELECT outcome, wait_ms AS "waitMs"
       FROM reserve_call($1, $2, $3, $4, $5), set_config('synchronous_commit', 'off', true)`,
      [key, pace.stepMs, pace.toleranceMs, pace.horizonMs, pace.dayLimit],
    );
    if (answer === undefined) throw new Error('reserve_call answered nothing');
    return answer;
  }

  /**
   * @param owedMs from now on at least this much is owed
   * @param slowMs for at least this long every call costs double
   */
  async slowDown(key: string, owedMs: number, slowMs: number): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO rate_buckets AS bucket (key, paid_until, slow_until)
       VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond', clock_timestamp() + $3 * interval '1 millisecond')
       ON CONFLICT (key) DO UPDATE
       SET paid_until = greatest(bucket.paid_until, EXCLUDED.paid_until),
           slow_until = greatest(bucket.slow_until, EXCLUDED.slow_until)`,
      [key, owedMs, slowMs],
    );
  }
}
