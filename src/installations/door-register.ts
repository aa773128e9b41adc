import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { inTime } from '../platform/database/in-time.js';
import { SharedQuestion } from '../platform/database/shared-question.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { OncePerMinute } from '../platform/logging/once-per-minute.js';
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

function entryOf(error: unknown): DoorEntry {
  if (error instanceof PartlyReadable) return error.entry;
  throw error;
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
  /** What is kept for nobody else is kept for a little while for who asks too often. */
  private readonly ofSuspects: InstallationMemory<DoorEntry | null>;
  private readonly told: OncePerMinute;

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
    this.ofSuspects = new InstallationMemory(
      changes,
      clock,
      (id) => this.entries.get(id).catch(entryOf),
      KEPT_OF_STRANGERS,
    );
    this.told = new OncePerMinute(clock);
  }

  /**
   * @param isSuspect whoever asks has failed too often: where nothing may be kept, he shares the question whether there
   *   is such an installation with all others like him, and what cannot be opened now is not tried again at once
   * @returns null when there is no such installation
   * @throws DomainError `database_unavailable`
   */
  async find(installationId: string, isSuspect = false): Promise<DoorEntry | null> {
    try {
      return await inTime(this.findKnown(installationId, isSuspect), this.config.database.doorPatienceMs);
    } catch (error) {
      return entryOf(error);
    }
  }

  /**
   * For a delivery that no secret of the kind fits, but may be fitted by one that cannot be opened: whoever sent it is to
   * send it again. As it may be forged all the same, there is a line of it once a minute.
   */
  sendAway(installationId: string, kind: DoorSecret): DomainError {
    if (this.told.isFirst(`${kind} ${installationId.toLowerCase()}`)) {
      this.logger.error({ installationId, kind }, 'deliveries are sent away, for a secret cannot be opened');
    }
    return new DomainError(
      'unavailable',
      'encryption_key_missing',
      'The delivery cannot be verified at the moment: send it again.',
      { retryAfterSeconds: RETRY_AFTER_SECONDS },
    );
  }

  private async findKnown(id: string, isSuspect: boolean): Promise<DoorEntry | null> {
    if (this.entries.keeps(id)) return this.entries.get(id);
    const isAsked = this.changes.areHeard || isSuspect;
    if (isAsked && !(await this.existence.get(id))) return null;
    return (isSuspect ? this.ofSuspects : this.entries).get(id);
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
