import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import type { AuditAction } from '../audit/audit-entry.js';
import type { Principal } from '../platform/access/principal.js';
import { Clock } from '../platform/clock.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { Ids } from '../platform/ids.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { Inbox, type Queued } from '../platform/webhooks/inbox.js';
import { Activation } from './activation.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationSecrets } from './installation-secrets.js';
import { InstallationRow, InstallationVersionRow } from './installation.entity.js';
import type { Configuration, Installation, SecretMark } from './installation.js';
import { releaseWaiting, WAITS_FOR_CONNECTION } from './jobs.js';
import { LeverConnections } from './lever-connections.js';
import { SharedToken } from './shared-token.js';
import { demandRoomForToken } from './signature-tokens.js';
import type { WaitingChoice } from './waiting-choice.js';

/** Secrets to set; null removes one, undefined leaves it as it is. */
export interface SecretChanges {
  leverApiKey?: string | null;
  victigApiToken?: string | null;
  victigWebhookSecret?: string | null;
}

/** How many waiting deliveries one transaction discards. */
const BATCH = 500;

const DISCARDED = 'discarded_after_reconnect';

const KIND_OF_CHANGE = {
  leverApiKey: 'lever_api_key',
  victigApiToken: 'victig_api_token',
  victigWebhookSecret: 'victig_webhook_secret',
} as const;

/** The kinds of secrets that were set, and of those that were taken away, where there were any. */
interface ChangedSecrets {
  secretsSet: string[];
  secretsRemoved?: string[];
}

type DescribeChange = (settingsVersion: number, secrets: ChangedSecrets) => AuditAction;

const changedAs: DescribeChange = (settingsVersion, secrets) => ({
  action: 'installation.changed',
  data: { settingsVersion, ...secrets },
});

const notFound = (): DomainError =>
  new DomainError('not_found', 'installation_not_found', 'There is no such installation.');

/** Creates and changes installations; each change of what is configured makes a new version (I1, I3). */
@Injectable()
export class Installations {
  constructor(
    private readonly transactions: Transactions,
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly connections: LeverConnections,
    private readonly activation: Activation,
    private readonly inbox: Inbox,
    private readonly jobs: JobQueue,
    private readonly changes: InstallationChanges,
    private readonly sharedToken: SharedToken,
  ) {}

  async create(
    actor: string,
    configuration: Configuration,
    secrets: SecretChanges,
    signatureTokens: readonly string[],
  ): Promise<Installation> {
    const id = this.ids.next();
    const now = this.clock.now();
    const row = {
      id,
      state: 'draft' as const,
      settingsVersion: 1,
      leverRefusedAt: null,
      createdAt: now,
      updatedAt: now,
    };
    await this.transactions.run(async (tx) => {
      await tx.manager.insert(InstallationRow, row);
      await this.addVersion(tx, id, 1, configuration, actor);
      const created = {
        settingsVersion: 1,
        ...(await this.applySecrets(tx, id, withoutRemovals(secrets))),
      };
      await this.record(tx, actor, row, { action: 'installation.created', data: created });
      for (const token of signatureTokens) await this.addToken(tx, actor, row, token);
    });
    return { ...row, configuration };
  }

  /**
   * @param expectedVersion the settings version the change was made against; undefined: whatever it is by now
   * @param describe what the audit trail says of it
   * @throws DomainError `installation_not_found`, `stale_version`, `shared_token`, `not_ready` when an active one would
   *   lack what it needs
   */
  async change(
    principal: Principal,
    id: string,
    expectedVersion: number | undefined,
    edit: (configuration: Configuration) => Configuration,
    secrets: SecretChanges,
    describe: DescribeChange = changedAs,
  ): Promise<Installation> {
    return this.transactions.run(async (tx) => {
      const current = await this.lock(tx, id);
      if (expectedVersion !== undefined && current.settingsVersion !== expectedVersion) {
        throw new DomainError(
          'stale',
          'stale_version',
          `The installation is at settings version ${current.settingsVersion}, not ${expectedVersion}: read it again and repeat the change.`,
        );
      }
      const settingsVersion = current.settingsVersion + 1;
      const configuration = edit(current.configuration);
      const both = [current.configuration, configuration] as const;
      await this.sharedToken.demandMayChange(principal, id, both, secrets.victigApiToken, tx.manager);
      const updatedAt = this.clock.now();
      await this.addVersion(tx, id, settingsVersion, configuration, principal.actor);
      await tx.manager.update(InstallationRow, { id }, { settingsVersion, updatedAt });
      this.changes.announce(tx, id);
      const changedSecrets = await this.applySecrets(tx, id, secrets);
      if (typeof secrets.leverApiKey === 'string') await this.connectByKey(tx, id);
      const changed = { ...(await this.lock(tx, id)), settingsVersion, configuration, updatedAt };
      if (changed.state === 'active') await this.activation.demandReady(tx, changed);
      await this.record(tx, principal.actor, changed, describe(settingsVersion, changedSecrets));
      return changed;
    });
  }

  /**
   * @param waiting what becomes of deliveries that wait since it was disconnected, also if it was paused after that
   * @throws DomainError `installation_not_found`, `not_ready` with everything that is missing, `waiting_undecided`,
   *   `waiting_processed`
   */
  async activate(actor: string, id: string, waiting?: WaitingChoice): Promise<Installation> {
    for (;;) {
      const active = await this.transactions.run((tx) => this.tryToActivate(tx, actor, id, waiting));
      if (active) return active;
    }
  }

  /**
   * From now on deliveries are recorded as ignored and nothing new is ordered. What waited while it was disconnected
   * waits on (I6).
   * @throws DomainError `installation_not_found`, `not_active` for a draft
   */
  async pause(actor: string, id: string): Promise<Installation> {
    return this.transactions.run(async (tx) => {
      const current = await this.lock(tx, id);
      if (current.state === 'paused') return current;
      if (current.state === 'draft') {
        throw new DomainError('conflict', 'not_active', 'The installation was never active.');
      }
      // A job that has not come to its delivery yet would take it for one of the pause.
      if (current.state === 'disconnected') await this.inbox.parkAll(tx, id, 'lever', WAITS_FOR_CONNECTION);
      return this.moveTo(tx, actor, current, 'paused');
    });
  }

  /** @throws DomainError `installation_not_found`, `signature_token_exists`, `too_many_signature_tokens` */
  async addSignatureToken(actor: string, id: string, token: string): Promise<SecretMark> {
    return this.transactions.run(async (tx) => {
      const installation = await this.lock(tx, id);
      await this.demandNewToken(tx, id, token);
      return this.addToken(tx, actor, installation, token);
    });
  }

  /**
   * Ends the overlap of a rotation (I6).
   * @throws DomainError `signature_token_not_found`, `not_ready` when it is the last one of an active installation
   */
  async endSignatureToken(actor: string, id: string, tokenId: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const installation = await this.lock(tx, id);
      if (!(await this.secrets.remove(tx, id, 'signature_token', tokenId))) {
        throw new DomainError(
          'not_found',
          'signature_token_not_found',
          'The installation has no such signature token.',
        );
      }
      if (installation.state === 'active') {
        // A token that leaked can be ended whatever else is missing.
        await this.activation.demandReady(tx, installation, 'signatureTokens');
      }
      await this.record(tx, actor, installation, { action: 'signature_token.ended', data: { tokenId } });
    });
  }

  private async addToken(
    tx: Transaction,
    actor: string,
    installation: Pick<Installation, 'id' | 'settingsVersion'>,
    token: string,
  ): Promise<SecretMark> {
    const mark = await this.secrets.add(tx, installation.id, 'signature_token', token);
    const added = { action: 'signature_token.added', data: { tokenId: mark.id } } as const;
    await this.record(tx, actor, installation, added);
    return mark;
  }

  /** Of two that are equal, ending one would end nothing. */
  private async demandNewToken(tx: Transaction, id: string, token: string): Promise<void> {
    const { secrets } = await this.secrets.openReadable(id, 'signature_token', tx.manager);
    for (const [tokenId, secret] of secrets) {
      if (secret !== token) continue;
      throw new DomainError(
        'conflict',
        'signature_token_exists',
        `The installation has this signature token already, as ${tokenId}.`,
      );
    }
    const marks = await this.secrets.marks(id, tx.manager);
    demandRoomForToken(marks.filter(({ kind }) => kind === 'signature_token').length);
  }

  /** Null when there is more to discard first: each batch is a transaction of its own, the last one activates. */
  private async tryToActivate(
    tx: Transaction,
    actor: string,
    id: string,
    waiting: WaitingChoice | undefined,
  ): Promise<Installation | null> {
    const current = await this.lock(tx, id);
    if (current.state === 'active') {
      if (waiting === 'discard') await this.demandNoneProcessed(tx, current);
      return current;
    }
    await this.activation.demandReady(tx, current);
    if (!(await this.settleWaiting(tx, actor, current, waiting))) return null;
    // Also where nothing waits: orders in hand need not wait for their next try.
    await this.jobs.send(tx, releaseWaiting, { installationId: id });
    return this.moveTo(tx, actor, current, 'active');
  }

  /**
   * Whoever activated it had them worked on: that they are discarded would not be true.
   * @throws DomainError `waiting_processed`
   */
  private async demandNoneProcessed(tx: Transaction, current: Installation): Promise<void> {
    const deliveries = await this.inbox.countQueued(tx, waitingOf(current));
    if (deliveries === 0) return;
    throw new DomainError(
      'conflict',
      'waiting_processed',
      `The installation is active already, and what waited is being worked on; ${deliveries} ${deliveries === 1 ? 'stage change is' : 'stage changes are'} not decided yet: pause the installation first, then activate it with {"waiting": "discard"}.`,
    );
  }

  /** False when more is to be discarded. @throws DomainError `waiting_undecided` */
  private async settleWaiting(
    tx: Transaction,
    actor: string,
    current: Installation,
    choice: WaitingChoice | undefined,
  ): Promise<boolean> {
    const waits = waitingOf(current);
    if (choice === 'discard') {
      const discarded = await this.inbox.ignoreQueued(tx, waits, DISCARDED, BATCH);
      if (discarded > 0) {
        await this.record(tx, actor, current, {
          action: 'waiting.discarded',
          data: { deliveries: discarded },
        });
      }
      return discarded < BATCH;
    }
    const deliveries = await this.inbox.countQueued(tx, waits);
    if (deliveries === 0) return true;
    if (choice === undefined) {
      throw new DomainError(
        'conflict',
        'waiting_undecided',
        `${deliveries} ${deliveries === 1 ? 'stage change waits' : 'stage changes wait'} since Lever refused access: send {"waiting": "process"} to work on what waits, or {"waiting": "discard"} to ignore it.`,
      );
    }
    await this.record(tx, actor, current, { action: 'waiting.released', data: { deliveries } });
    return true;
  }

  private async moveTo(
    tx: Transaction,
    actor: string,
    current: Installation,
    state: 'active' | 'paused',
  ): Promise<Installation> {
    const updatedAt = this.clock.now();
    await tx.manager.update(InstallationRow, { id: current.id }, { state, updatedAt });
    this.changes.announce(tx, current.id);
    await this.record(tx, actor, current, {
      action: state === 'active' ? 'installation.activated' : 'installation.paused',
      data: { from: current.state },
    });
    return { ...current, state, updatedAt };
  }

  /** A new API key takes the place of an OAuth connection and of a key that was refused. */
  private async connectByKey(tx: Transaction, id: string): Promise<void> {
    await this.connections.end(tx, id);
    await tx.manager.update(InstallationRow, { id }, { leverRefusedAt: null });
    await this.jobs.send(tx, releaseWaiting, { installationId: id });
  }

  /** Changes of one installation wait for one another. */
  private async lock(tx: Transaction, id: string): Promise<Installation> {
    await tx.manager.query('SELECT 1 FROM installations WHERE id = $1 FOR NO KEY UPDATE', [id]);
    const installation = await this.directory.find(id, tx.manager);
    if (!installation) throw notFound();
    return installation;
  }

  private async addVersion(
    tx: Transaction,
    installationId: string,
    version: number,
    configuration: Configuration,
    changedBy: string,
  ): Promise<void> {
    const createdAt = this.clock.now();
    await tx.manager.insert(InstallationVersionRow, {
      installationId,
      version,
      configuration,
      changedBy,
      createdAt,
    });
  }

  private async applySecrets(tx: Transaction, id: string, changes: SecretChanges): Promise<ChangedSecrets> {
    const secretsSet: string[] = [];
    const secretsRemoved: string[] = [];
    for (const [name, kind] of Object.entries(KIND_OF_CHANGE)) {
      const secret = changes[name as keyof SecretChanges];
      if (secret === undefined) continue;
      const wasThere = await this.secrets.replace(tx, id, kind, secret);
      if (secret !== null) secretsSet.push(kind);
      else if (wasThere) secretsRemoved.push(kind);
    }
    return secretsRemoved.length === 0 ? { secretsSet } : { secretsSet, secretsRemoved };
  }

  private async record(
    tx: Transaction,
    actor: string,
    { id: installationId, settingsVersion }: Pick<Installation, 'id' | 'settingsVersion'>,
    action: AuditAction,
  ): Promise<void> {
    await this.audit.record(tx, { ...action, actor, installationId, settingsVersion });
  }
}

/** Where nothing is there yet, nothing is removed. */
const withoutRemovals = (secrets: SecretChanges): SecretChanges =>
  Object.fromEntries(Object.entries(secrets).filter(([, secret]) => secret !== null));

/** All that is queued while it is disconnected; after that what was parked, for of the rest jobs are on their way. */
function waitingOf({ id: installationId, state }: Installation): Queued {
  const queued = { installationId, source: 'lever' } as const;
  return state === 'disconnected' ? queued : { ...queued, reason: WAITS_FOR_CONNECTION };
}
