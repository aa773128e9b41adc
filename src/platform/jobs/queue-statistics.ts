/** After the first time it is done again after so long, and then each time after four times as long. */
const AGAIN_MS = 1_000;
const FACTOR = 4;

/** After so long autovacuum has come by. */
const LONGEST_MS = 60_000;

/** A tenth of the usual sample tells how many there are, and of which kinds; of 40,000 jobs all of it takes 0.3 s. */
const LOOK_ANEW = 'SET LOCAL default_statistics_target = 10; ANALYZE (SKIP_LOCKED) pgboss.job_common';

/**
 * Has the database server look anew at the table of jobs when many wait. How they are best found depends on how many
 * there are, and by itself it looks once a minute at the most: until then it may read all of them for each that it takes.
 */
export class QueueStatistics {
  private lookedAtMs = -Infinity;
  private waitMs = 0;

  /**
   * @param ask never rejects
   * @param nowMs of a clock that only goes forward
   */
  constructor(
    private readonly ask: (statement: string) => Promise<void>,
    private readonly nowMs: () => number,
  ) {}

  /** More jobs wait than were asked for. */
  manyWait(): void {
    const sinceMs = this.nowMs() - this.lookedAtMs;
    if (sinceMs > LONGEST_MS) this.waitMs = 0;
    if (sinceMs < this.waitMs) return;
    this.lookedAtMs = this.nowMs();
    this.waitMs = this.waitMs === 0 ? AGAIN_MS : Math.min(this.waitMs * FACTOR, LONGEST_MS);
    void this.ask(LOOK_ANEW);
  }
}
