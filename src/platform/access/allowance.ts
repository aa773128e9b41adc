import type { Clock } from '../clock.js';

const MINUTE_MS = 60_000;

/** More callers than this are not remembered at once: those seen longest ago go first. */
const MOST_REMEMBERED = 20_000;

/**
 * How much each caller may do in a minute: a bucket that holds a minute's worth and fills evenly. Counted in this
 * process, in bounded memory; of each caller only the time is kept at which its bucket is full again.
 */
export class Allowance {
  private readonly fullAt = new Map<string, number>();

  /** @param perMinute 0: as much as one likes */
  constructor(
    private readonly perMinute: number,
    private readonly clock: Clock,
  ) {}

  /** Takes one; 0 when it was there, else in how many milliseconds there is one again. */
  take(caller: string): number {
    const { fullAt, waitMs } = this.after(caller);
    if (waitMs > 0) return waitMs;
    if (this.perMinute !== 0) this.remember(caller, fullAt);
    return 0;
  }

  /** Whether there is none to be taken. Takes none. */
  isSpent(caller: string): boolean {
    return this.after(caller).waitMs > 0;
  }

  /** How much a caller may still do at once, and in how many milliseconds all of it is there again; null: no end. */
  standingOf(caller: string): { perMinute: number; left: number; wholeInMs: number } | null {
    if (this.perMinute === 0) return null;
    const now = this.clock.now().getTime();
    const wholeInMs = this.fullAtOf(caller, now) - now;
    const used = Math.ceil(Math.round((wholeInMs * this.perMinute * 1_000) / MINUTE_MS) / 1_000);
    return { perMinute: this.perMinute, left: this.perMinute - used, wholeInMs };
  }

  /** How it would stand had one been taken. */
  private after(caller: string): { fullAt: number; waitMs: number } {
    const now = this.clock.now().getTime();
    if (this.perMinute === 0) return { fullAt: now, waitMs: 0 };
    const fullAt = this.fullAtOf(caller, now) + MINUTE_MS / this.perMinute;
    return { fullAt, waitMs: Math.max(0, fullAt - now - MINUTE_MS) };
  }

  private fullAtOf(caller: string, now: number): number {
    const known = this.fullAt.get(caller) ?? now;
    // No bucket takes longer than a minute to fill: the clock was put back, and nobody shall wait for it to catch up.
    return known - now - MINUTE_MS > 0 ? now : Math.max(now, known);
  }

  /** How many callers are remembered. */
  get size(): number {
    return this.fullAt.size;
  }

  private remember(caller: string, fullAt: number): void {
    // Set anew, so that the map is in the order in which callers were last seen.
    this.fullAt.delete(caller);
    this.fullAt.set(caller, fullAt);
    if (this.fullAt.size <= MOST_REMEMBERED) return;
    const [oldest] = this.fullAt.keys();
    if (oldest !== undefined) this.fullAt.delete(oldest);
  }
}
