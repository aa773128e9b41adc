import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { SealBroken } from '../platform/crypto/key-ring.js';
import { inTime } from '../platform/database/in-time.js';
import { SharedQuestion } from '../platform/database/shared-question.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationMemory } from './installation-memory.js';
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

/** Apart, so that ids that strangers think of push no installation out; and few, for they think of others next time. */
const KEPT_OF_STRANGERS = { ttlMs: 10_000, maxEntries: 1_000 };

/** Another replica may have the key, or this one soon. */
const RETRY_AFTER_SECONDS = 60;

/** Keeps what the doors need in memory, so that a forged delivery costs no database work. */
@Injectable()
export class DoorRegister {
  private readonly logger = new Logger(DoorRegister.name);
  private readonly entries: InstallationMemory<DoorEntry | null>;
  private readonly existence: InstallationMemory<boolean>;

  constructor(
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    private readonly changes: InstallationChanges,
    clock: Clock,
    @Inject(appConfig.KEY) private readonly config: Pick<AppConfig, 'database'>,
  ) {
    const existing = new SharedQuestion((ids) => directory.existing(ids));
    this.entries = new InstallationMemory(changes, clock, (id) => this.read(id));
    this.existence = new InstallationMemory(changes, clock, (id) => existing.holds(id), KEPT_OF_STRANGERS);
  }

  /**
   * @param isSuspect whoever asks has failed too often: where nothing may be kept, he shares the question whether there
   *   is such an installation with all others like him
   * @returns null when there is no such installation
   * @throws DomainError `database_unavailable`, `encryption_key_missing`
   */
  async find(installationId: string, isSuspect = false): Promise<DoorEntry | null> {
    try {
      return await inTime(this.findKnown(installationId, isSuspect), this.config.database.doorPatienceMs);
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      this.logger.error({ err: error, installationId }, 'a delivery was sent away for lack of a key');
      throw new DomainError(
        'unavailable',
        'encryption_key_missing',
        'The delivery cannot be verified at the moment: send it again.',
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
  }

  private async findKnown(id: string, isSuspect: boolean): Promise<DoorEntry | null> {
    if (this.entries.keeps(id)) return this.entries.get(id);
    const isAsked = this.changes.areHeard || isSuspect;
    return isAsked && !(await this.existence.get(id)) ? null : this.entries.get(id);
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
