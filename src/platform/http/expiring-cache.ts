import type { Clock } from '../clock.js';

export interface CacheLimits {
  ttlMs: number;
  /** The oldest entry goes when there would be more. */
  maxEntries: number;
}

/**
 * Keeps answers for a while, in this process. Callers that ask for the same key at the same time share one
 * load; a load that fails is not kept.
 */
export class ExpiringCache<V> {
  private readonly entries = new Map<string, { value: Promise<V>; expiresMs: number }>();

  constructor(
    private readonly limits: CacheLimits,
    private readonly clock: Clock,
  ) {}

  /** @param fresh load even though an answer is kept; the new answer replaces it */
  async get(key: string, load: () => Promise<V>, fresh = false): Promise<V> {
    const nowMs = this.clock.now().getTime();
    const kept = this.entries.get(key);
    if (kept !== undefined && kept.expiresMs > nowMs && !fresh) return kept.value;
    return this.keep(key, load(), nowMs + this.limits.ttlMs);
  }

  private async keep(key: string, value: Promise<V>, expiresMs: number): Promise<V> {
    const entry = { value, expiresMs };
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
