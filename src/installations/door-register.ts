import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { ExpiringCache } from '../platform/http/expiring-cache.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationSecrets } from './installation-secrets.js';
import type { InstallationState } from './installation.js';

/** What the door for Lever's webhooks must know of an installation. */
export interface DoorEntry {
  state: InstallationState;
  triggerStageIds: readonly string[];
  signatureTokens: readonly string[];
}

/** Kept no longer than this even if no change is heard of: a connection may be dead without telling. */
const TTL_MS = 60_000;
const MAX_ENTRIES = 10_000;

/**
 * Keeps what the doors need in memory, so that a forged delivery costs no database work. Every replica hears of a
 * change when it is committed; one that cannot hear asks the database each time.
 */
@Injectable()
export class DoorRegister {
  private readonly entries: ExpiringCache<DoorEntry | null>;

  constructor(
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    private readonly changes: InstallationChanges,
    clock: Clock,
  ) {
    this.entries = new ExpiringCache({ ttlMs: TTL_MS, maxEntries: MAX_ENTRIES }, clock);
    changes.listen({
      changed: (installationId) => this.entries.forget(installationId),
      missed: () => this.entries.forgetAll(),
    });
  }

  /** @returns null when there is no such installation */
  find(installationId: string): Promise<DoorEntry | null> {
    const id = installationId.toLowerCase();
    return this.changes.areHeard ? this.entries.get(id, () => this.read(id)) : this.read(id);
  }

  private async read(id: string): Promise<DoorEntry | null> {
    const [installation, signatureTokens] = await Promise.all([
      this.directory.find(id),
      this.secrets.open(id, 'signature_token'),
    ]);
    if (!installation) return null;
    const { state, configuration } = installation;
    return { state, triggerStageIds: configuration.triggerStageIds, signatureTokens };
  }
}
