import type { Clock } from '../platform/clock.js';
import { ExpiringCache, type CacheLimits } from '../platform/http/expiring-cache.js';
import type { InstallationChanges } from './installation-changes.js';

/** Kept no longer than this even if no change is heard of: a connection may be dead without telling. */
const LIMITS: CacheLimits = { ttlMs: 60_000, maxEntries: 10_000 };

/**
 * What was read of installations, kept for as long as every change of them is heard of when it is committed. While this
 * replica cannot hear, it reads each time.
 */
export class InstallationMemory<V> {
  private readonly entries: ExpiringCache<V>;

  constructor(
    private readonly changes: InstallationChanges,
    clock: Clock,
    private readonly read: (installationId: string) => Promise<V>,
    limits = LIMITS,
  ) {
    this.entries = new ExpiringCache(limits, clock);
    changes.listen({
      changed: (installationId) => this.entries.forget(installationId),
      missed: () => this.entries.forgetAll(),
    });
  }

  /** Whether it is answered from memory. */
  keeps(installationId: string): boolean {
    return this.changes.areHeard && this.entries.has(installationId.toLowerCase());
  }

  get(installationId: string): Promise<V> {
    const id = installationId.toLowerCase();
    return this.changes.areHeard ? this.entries.get(id, () => this.read(id)) : this.read(id);
  }
}
