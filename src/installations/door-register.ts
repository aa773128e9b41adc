import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { inTime } from '../platform/database/in-time.js';
import { SharedQuestion } from '../platform/database/shared-question.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationMemory } from './installation-memory.js';
import { InstallationSecrets } from './installation-secrets.js';
import type { InstallationState, SecretKind } from './installation.js';

/** What the doors must know of an installation. */
export interface DoorEntry {
  state: InstallationState;
  triggerStageIds: readonly string[];
  signatureTokens: readonly string[];
  /** Null where it has none of its own. */
  victigSecret: string | null;
  /** Of which kinds there are secrets that cannot be opened: what none of the others fits may be fitted by one of them. */
  unreadable: readonly DoorSecret[];
}

type DoorSecret = Extract<SecretKind, 'signature_token' | 'victig_webhook_secret'>;

/** Carries what is not to be kept: what cannot be opened now may be opened soon. */
class PartlyReadable extends Error {
  override readonly name = 'PartlyReadable';

  constructor(readonly entry: DoorEntry) {
    super('a secret of the installation cannot be opened');
  }
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
   * @throws DomainError `database_unavailable`
   */
  async find(installationId: string, isSuspect = false): Promise<DoorEntry | null> {
    try {
      return await inTime(this.findKnown(installationId, isSuspect), this.config.database.doorPatienceMs);
    } catch (error) {
      if (error instanceof PartlyReadable) return error.entry;
      throw error;
    }
  }

  /**
   * Before a delivery is refused that no secret of the kind fits.
   * @throws DomainError `encryption_key_missing` where it may be fitted by one that cannot be opened
   */
  demandReadable(installationId: string, entry: DoorEntry, kind: DoorSecret): void {
    if (!entry.unreadable.includes(kind)) return;
    this.logger.error({ installationId, kind }, 'a delivery was sent away, for a secret cannot be opened');
    throw new DomainError(
      'unavailable',
      'encryption_key_missing',
      'The delivery cannot be verified at the moment: send it again.',
      { retryAfterSeconds: RETRY_AFTER_SECONDS },
    );
  }

  private async findKnown(id: string, isSuspect: boolean): Promise<DoorEntry | null> {
    if (this.entries.keeps(id)) return this.entries.get(id);
    const isAsked = this.changes.areHeard || isSuspect;
    return isAsked && !(await this.existence.get(id)) ? null : this.entries.get(id);
  }

  private async read(id: string): Promise<DoorEntry | null> {
    const [installation, signatures, callbacks] = await Promise.all([
      this.directory.find(id),
      this.secrets.openReadable(id, 'signature_token'),
      this.secrets.openReadable(id, 'victig_webhook_secret'),
    ]);
    if (!installation) return null;
    const { state, configuration } = installation;
    const [victigSecret = null] = callbacks.secrets.values();
    const entry: DoorEntry = {
      state,
      triggerStageIds: configuration.triggerStageIds,
      signatureTokens: [...signatures.secrets.values()],
      victigSecret,
      unreadable: [
        ...(signatures.unreadable ? (['signature_token'] as const) : []),
        ...(callbacks.unreadable ? (['victig_webhook_secret'] as const) : []),
      ],
    };
    if (entry.unreadable.length > 0) throw new PartlyReadable(entry);
    return entry;
  }
}
