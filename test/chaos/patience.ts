/** How many times the patience with a standstill the work may take in all. */
const IN_ALL = 6;

/**
 * How long work may take to come to rest: a slow machine is waited for as long as anything changes, a standstill is
 * not. Bounded in all.
 */
export class Patience {
  private seen = '';
  private changedAt: number | null = null;

  private readonly standstillMs: number;

  constructor(standstillMs: number) {
    this.standstillMs = standstillMs;
  }

  get longestMs(): number {
    return IN_ALL * this.standstillMs;
  }

  /** @param open what is not right yet, in words that change when work goes on */
  isOver(open: readonly string[]): boolean {
    const seen = open.join('\n');
    if (seen !== this.seen || this.changedAt === null) {
      this.seen = seen;
      this.changedAt = Date.now();
    }
    return Date.now() - this.changedAt >= this.standstillMs;
  }
}
