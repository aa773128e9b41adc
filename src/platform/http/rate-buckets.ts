import type { DataSource } from 'typeorm';
import { GroupCommit } from '../database/group-commit.js';
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

interface Asked {
  key: string;
  pace: Pace;
  answer?: Reservation;
}

/** Reservations that are asked for while others are on their way go together; none waits for company. */
const ASKED_TOGETHER = { maxItems: 50, maxAtOnce: 2, gatherMs: 5 };

/** Reserves calls in the database and by its clock, each by one statement, exact across all replicas. */
export class RateBuckets {
  private readonly asking: GroupCommit<Asked>;

  constructor(private readonly dataSource: DataSource) {
    this.asking = new GroupCommit(
      (asked) => this.ask(asked),
      () => false,
      ASKED_TOGETHER,
    );
  }

  async reserve(key: string, pace: Pace): Promise<Reservation> {
    const asked: Asked = { key, pace };
    await this.asking.add(asked);
    if (asked.answer === undefined) throw new Error('reserve_call answered nothing');
    return asked.answer;
  }

  private async ask(asked: readonly Asked[]): Promise<void> {
    // In one order, whoever asks: the rows of keys are locked until the statement ends.
    const inOrder = asked.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
    const answers = await this.dataSource.query<Reservation[]>(
      // Not waited for until it is on disk: a server that dies forgets a moment's calls, and the vendor's 429 tells.
      `SELECT reserved.outcome, reserved.wait_ms AS "waitMs"
       FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::integer[]) WITH ORDINALITY
              AS asked (key, step_ms, tolerance_ms, horizon_ms, day_limit, place),
            reserve_call(asked.key, asked.step_ms, asked.tolerance_ms, asked.horizon_ms, asked.day_limit) AS reserved,
            set_config('synchronous_commit', 'off', true)
       ORDER BY asked.place`,
      [
        inOrder.map(({ key }) => key),
        inOrder.map(({ pace }) => pace.stepMs),
        inOrder.map(({ pace }) => pace.toleranceMs),
        inOrder.map(({ pace }) => pace.horizonMs),
        inOrder.map(({ pace }) => pace.dayLimit),
      ],
    );
    for (const [place, answer] of answers.entries()) Object.assign(inOrder[place] ?? {}, { answer });
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
