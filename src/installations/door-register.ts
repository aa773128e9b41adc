import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { inTime } from '../platform/database/in-time.js';
import { SharedQuestion } from '../platform/database/shared-question.js';
import { ExpiringCache } from '../platform/http/expiring-cache.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationSecrets } from './installation-secrets.js';
import type { InstallationState } from './installation.js';

/** What the doors must know of an installation. */
export interface DoorEntry {
  state: InstallationState;
  triggerStageIds: readonly string[];
  signatureTokens: readonly string[];
  /** Null where it has none of its own. */
  victigSecret: string | null;
}

/** Kept no longer than this even if no change is heard of: a connection may be dead without telling. */
const KEPT = { ttlMs: 60_000, maxEntries: 10_000 };

/** Apart, so that ids that strangers think of push no installation out; and few, for they think of others next time. */
const KEPT_OF_STRANGERS = { ttlMs: 10_000, maxEntries: 1_000 };

/**
 * Keeps what the doors need in memory, so that a forged delivery costs no database work. Every replica hears of a
 * change when it is committed; one that cannot hear asks the database each time.
 */
@Injectable()
export class DoorRegister {
  private readonly entries: ExpiringCache<DoorEntry | null>;
  private readonly existence: ExpiringCache<boolean>;
  private readonly existing: SharedQuestion;

  constructor(
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    private readonly changes: InstallationChanges,
    clock: Clock,
    @Inject(appConfig.KEY) private readonly config: Pick<AppConfig, 'database'>,
  ) {
    this.entries = new ExpiringCache(KEPT, clock);
    this.existence = new ExpiringCache(KEPT_OF_STRANGERS, clock);
    this.existing = new SharedQuestion((ids) => directory.existing(ids));
    changes.listen({
      changed: (installationId) => {
        this.entries.forget(installationId);
        this.existence.forget(installationId);
      },
      missed: () => {
        this.entries.forgetAll();
        this.existence.forgetAll();
      },
    });
  }

  /**
   * @param isSuspect whoever asks has failed too often: where nothing is kept, he shares the question whether there is
   *   such an installation with all others like him
   * @returns null when there is no such installation
   * @throws DomainError `database_unavailable`
   */
  find(installationId: string, isSuspect = false): Promise<DoorEntry | null> {
    const id = installationId.toLowerCase();
    const finding = this.changes.areHeard ? this.findKept(id) : this.findAnew(id, isSuspect);
    return inTime(finding, this.config.database.doorPatienceMs);
  }

  private async findKept(id: string): Promise<DoorEntry | null> {
    const isKnown = this.entries.has(id) || (await this.existence.get(id, () => this.existing.holds(id)));
    return isKnown ? this.entries.get(id, () => this.read(id)) : null;
  }

  private async findAnew(id: string, isSuspect: boolean): Promise<DoorEntry | null> {
    if (isSuspect && !(await this.existing.holds(id))) return null;
    return this.read(id);
  }

  private async read(id: string): Promise<DoorEntry | null> {
    const [installation, signatureTokens, [victigSecret = null]] = await Promise.all([
      this.directory.find(id),
      this.secrets.open(id, 'signature_token'),
      this.secrets.open(id, 'victig_webhook_secret'),
    ]);
    if (!installation) return null;
    const { state, configuration } = installation;
    return { state, triggerStageIds: configuration.triggerStageIds, signatureTokens, victigSecret };
  }
}
