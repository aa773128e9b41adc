import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import type { AuditAction } from '../audit/audit-entry.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { DomainError, type Fault } from '../platform/errors/domain-error.js';
import { Ids } from '../platform/ids.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationSecrets } from './installation-secrets.js';
import { InstallationRow, InstallationVersionRow } from './installation.entity.js';
import type { Configuration, Installation, InstallationState, SecretMark } from './installation.js';

/** Secrets to set; null removes one, undefined leaves it as it is. */
export interface SecretChanges {
  leverApiKey?: string | null;
  victigApiToken?: string | null;
  victigWebhookSecret?: string | null;
}

const KIND_OF_CHANGE = {
  leverApiKey: 'lever_api_key',
  victigApiToken: 'victig_api_token',
  victigWebhookSecret: 'victig_webhook_secret',
} as const;

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
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  async create(
    actor: string,
    configuration: Configuration,
    secrets: SecretChanges,
    signatureTokens: readonly string[],
  ): Promise<Installation> {
    const id = this.ids.next();
    const now = this.clock.now();
    const row = { id, state: 'draft' as const, settingsVersion: 1, createdAt: now, updatedAt: now };
    await this.transactions.run(async (tx) => {
      await tx.manager.insert(InstallationRow, row);
      await this.addVersion(tx, id, 1, configuration, actor);
      await this.applySecrets(tx, id, secrets);
      for (const token of signatureTokens) await this.secrets.add(tx, id, 'signature_token', token);
      await this.record(tx, actor, id, { action: 'installation.created', data: { settingsVersion: 1 } });
    });
    return { ...row, configuration };
  }

  /**
   * @param expectedVersion the settings version the change was made against
   * @throws DomainError `installation_not_found`, `stale_version`
   */
  async change(
    actor: string,
    id: string,
    expectedVersion: number,
    edit: (configuration: Configuration) => Configuration,
    secrets: SecretChanges,
  ): Promise<Installation> {
    return this.transactions.run(async (tx) => {
      const current = await this.lock(tx, id);
      if (current.settingsVersion !== expectedVersion) {
        throw new DomainError(
          'stale',
          'stale_version',
          `The installation is at settings version ${current.settingsVersion}, not ${expectedVersion}: read it again and repeat the change.`,
        );
      }
      const settingsVersion = current.settingsVersion + 1;
      const configuration = edit(current.configuration);
      const updatedAt = this.clock.now();
      await this.addVersion(tx, id, settingsVersion, configuration, actor);
      await tx.manager.update(InstallationRow, { id }, { settingsVersion, updatedAt });
      const secretsSet = await this.applySecrets(tx, id, secrets);
      await this.record(tx, actor, id, {
        action: 'installation.changed',
        data: { settingsVersion, secretsSet },
      });
      return { ...current, settingsVersion, configuration, updatedAt };
    });
  }

  /** @throws DomainError `installation_not_found`, `not_ready` with everything that is missing */
  async activate(actor: string, id: string): Promise<Installation> {
    return this.move(actor, id, 'active', 'installation.activated', async (current, tx) => {
      const missing = missingFor(
        current.configuration,
        await this.secrets.marks(id, tx.manager),
        this.config.victig.apiToken !== undefined,
      );
      if (missing.length > 0) {
        throw new DomainError('conflict', 'not_ready', 'The installation cannot be activated yet.', missing);
      }
    });
  }

  /** From now on deliveries are kept and nothing new is ordered. @throws DomainError `installation_not_found` */
  async pause(actor: string, id: string): Promise<Installation> {
    return this.move(actor, id, 'paused', 'installation.paused', async (current) => {
      if (current.state === 'draft') {
        throw new DomainError('conflict', 'not_active', 'The installation was never active.');
      }
    });
  }

  async addSignatureToken(actor: string, id: string, token: string): Promise<SecretMark> {
    return this.transactions.run(async (tx) => {
      await this.lock(tx, id);
      const mark = await this.secrets.add(tx, id, 'signature_token', token);
      await this.record(tx, actor, id, { action: 'signature_token.added', data: { tokenId: mark.id } });
      return mark;
    });
  }

  /** Ends the overlap of a rotation. @throws DomainError `signature_token_not_found` */
  async endSignatureToken(actor: string, id: string, tokenId: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.lock(tx, id);
      if (!(await this.secrets.remove(tx, id, 'signature_token', tokenId))) {
        throw new DomainError(
          'not_found',
          'signature_token_not_found',
          'The installation has no such signature token.',
        );
      }
      await this.record(tx, actor, id, { action: 'signature_token.ended', data: { tokenId } });
    });
  }

  private async move(
    actor: string,
    id: string,
    state: InstallationState,
    action: 'installation.activated' | 'installation.paused',
    check: (current: Installation, tx: Transaction) => Promise<void>,
  ): Promise<Installation> {
    return this.transactions.run(async (tx) => {
      const current = await this.lock(tx, id);
      if (current.state === state) return current;
      await check(current, tx);
      const updatedAt = this.clock.now();
      await tx.manager.update(InstallationRow, { id }, { state, updatedAt });
      await this.record(tx, actor, id, { action, data: { from: current.state } });
      return { ...current, state, updatedAt };
    });
  }

  /** Changes of one installation wait for one another. */
  private async lock(tx: Transaction, id: string): Promise<Installation> {
    await tx.manager.query('SELECT 1 FROM installations WHERE id = $1 FOR UPDATE', [id]);
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

  private async applySecrets(tx: Transaction, id: string, changes: SecretChanges): Promise<string[]> {
    const set: string[] = [];
    for (const [name, kind] of Object.entries(KIND_OF_CHANGE)) {
      const secret = changes[name as keyof SecretChanges];
      if (secret === undefined) continue;
      await this.secrets.replace(tx, id, kind, secret);
      set.push(kind);
    }
    return set;
  }

  private async record(
    tx: Transaction,
    actor: string,
    installationId: string,
    action: AuditAction,
  ): Promise<void> {
    await this.audit.record(tx, { ...action, actor, installationId });
  }
}

function missingFor(
  configuration: Configuration,
  secrets: readonly SecretMark[],
  serviceHasVictigToken: boolean,
): Fault[] {
  const has = (kind: SecretMark['kind']): boolean => secrets.some((mark) => mark.kind === kind);
  const missing: Fault[] = [];
  if (!has('lever_api_key')) missing.push({ path: 'lever.apiKey', message: 'Set a Lever API key.' });
  if (!has('signature_token')) {
    missing.push({ path: 'signatureTokens', message: 'Add the signature token of the Lever webhook.' });
  }
  if (configuration.triggerStageIds.length === 0) {
    missing.push({ path: 'triggerStageIds', message: 'Name at least one stage that orders a check.' });
  }
  if (!has('victig_api_token') && !serviceHasVictigToken) {
    missing.push({
      path: 'victig.apiToken',
      message: 'Set a VICTIG API token here, or VICTIG_API_TOKEN for the whole service.',
    });
  }
  return missing;
}
