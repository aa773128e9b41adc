import type { Clock } from '../clock.js';
import { withPriority } from './call-priority.js';

export interface CacheLimits {
  ttlMs: number;
  /** An answer older than this is still given, and loaded anew behind it; never when left out. */
  refreshAfterMs?: number;
  /** The oldest entry goes when there would be more. */
  maxEntries: number;
}

interface Entry<V> {
  value: Promise<V>;
  /** When it was asked for: what it tells is at least as new. */
  askedMs: number;
  refreshMs: number;
  expiresMs: number;
  /** How far the checks of the key reach when each is given its half minute, one after the other. */
  checkedUntilMs: number;
}

/** How many checks of a key may come one upon the other, and how far apart they are from then on. */
const CHECKS_AT_ONCE = 10;
const CHECK_EVERY_MS = 30_000;

interface Kept {
  nowMs: number;
  /** Now, unless it was earlier. */
  askedMs?: number;
  checkedUntilMs?: number;
}

/**
 * Keeps answers for a while, in this process. Callers that ask for the same key at the same time share one
 * load; a load that fails is not kept.
 */
export class ExpiringCache<V> {
  private readonly entries = new Map<string, Entry<V>>();

  constructor(
    private readonly limits: CacheLimits,
    private readonly clock: Clock,
  ) {}

  /** Whether `get` would answer without loading. */
  has(key: string): boolean {
    return this.current(key, this.clock.now().getTime()) !== undefined;
  }

  async get(key: string, load: () => Promise<V>): Promise<V> {
    const nowMs = this.clock.now().getTime();
    const kept = this.current(key, nowMs);
    if (kept === undefined) return this.keep(key, load(), { nowMs });
    if (kept.refreshMs <= nowMs) void this.refresh(key, kept, load);
    return kept.value;
  }

  /**
   * For who must not be given what was asked for before `since`. Where many checks of a key come one upon the other they
   * are let through once in 30 s, and get what is at most that old in between.
   * @param since none: as `get`
   */
  async getSince(key: string, load: () => Promise<V>, since: Date | undefined): Promise<V> {
    const nowMs = this.clock.now().getTime();
    const kept = this.current(key, nowMs);
    if (!since || kept === undefined || kept.askedMs >= since.getTime()) {
      return this.get(key, load);
    }
    const checkedUntilMs = Math.max(kept.checkedUntilMs, nowMs) + CHECK_EVERY_MS;
    if (checkedUntilMs > nowMs + CHECKS_AT_ONCE * CHECK_EVERY_MS) return this.get(key, load);
    return this.keep(key, load(), { nowMs, checkedUntilMs });
  }

  /** The next caller loads anew; a load that is on its way is not kept. */
  forget(key: string): void {
    this.entries.delete(key);
  }

  forgetAll(): void {
    this.entries.clear();
  }

  /** What is kept and not too old. What was asked for later than now is of a clock that was ahead, and may be of any age. */
  private current(key: string, nowMs: number): Entry<V> | undefined {
    const kept = this.entries.get(key);
    if (kept === undefined || kept.expiresMs <= nowMs) return undefined;
    if (kept.askedMs <= nowMs) return kept;
    this.forget(key);
    return undefined;
  }

  /**
   * What is kept stands until the new answer is there; one that fails changes nothing. Nobody waits for it, whoever
   * happened to ask, so its calls let others go first.
   */
  private async refresh(key: string, kept: Entry<V>, load: () => Promise<V>): Promise<void> {
    kept.refreshMs = Infinity;
    const askedMs = this.clock.now().getTime();
    try {
      const value = await withPriority('background', load);
      // Somebody may have asked for a fresh one meanwhile.
      if (this.entries.get(key) !== kept) return;
      await this.keep(key, Promise.resolve(value), { nowMs: this.clock.now().getTime(), askedMs });
    } catch {
      kept.refreshMs = 0;
    }
  }

  private async keep(
    key: string,
    value: Promise<V>,
    { nowMs, askedMs = nowMs, checkedUntilMs = this.entries.get(key)?.checkedUntilMs ?? 0 }: Kept,
  ): Promise<V> {
    const { ttlMs, refreshAfterMs = Infinity } = this.limits;
    const entry = {
      value,
      askedMs,
      refreshMs: nowMs + refreshAfterMs,
      expiresMs: nowMs + ttlMs,
      checkedUntilMs,
    };
    this.entries.delete(key);
    this.entries.set(key, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.limits.maxEntries && oldest !== undefined) this.entries.delete(oldest);
    try {
      return await value;
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
  }
}
