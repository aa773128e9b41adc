import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditList } from '../audit/audit-list.js';
import { attempt as attemptCalls, clockSkew, oneOfEach } from '../installations/attempt.js';
import { finding, type Finding } from '../installations/finding.js';
import { InstallationCheck } from '../installations/installation-check.js';
import { InstallationSecrets } from '../installations/installation-secrets.js';
import { InstallationInspector } from '../installations/installation-inspector.js';
import type { Installation } from '../installations/installation.js';
import { LeverConnections } from '../installations/lever-connections.js';
import { standingOf } from '../installations/lever-connection.js';
import { NotConnected } from '../installations/vendor-credentials.js';
import { Clock } from '../platform/clock.js';
import type { UpstreamError } from '../platform/errors/upstream-error.js';
import { Delivery } from '../platform/webhooks/delivery.entity.js';
import type { LeverAccount } from './lever-account.js';
import { LeverAccounts } from './lever-accounts.js';
import { LeverClient } from './lever-client.js';
import { lackingToWrite } from './lever-scopes.js';
import { LeverWebhooks } from './lever-webhooks.js';
import { RefusedKey } from './refused-key.js';

const DAY_MS = 86_400_000;
const LONG_AGO_DAYS = 30;

/** What Lever contributes to the check of an installation (I7). */
@Injectable()
export class LeverInspector extends InstallationInspector implements OnModuleInit {
  constructor(
    private readonly check: InstallationCheck,
    private readonly client: LeverClient,
    private readonly webhooks: LeverWebhooks,
    private readonly accounts: LeverAccounts,
    private readonly refusedKey: RefusedKey,
    private readonly connections: LeverConnections,
    private readonly secrets: InstallationSecrets,
    private readonly audit: AuditList,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
  }

  onModuleInit(): void {
    this.check.plugIn(this);
  }

  override unfinished(): Finding {
    return finding('lever_unreachable', undefined, { operation: 'everything' });
  }

  override async inspect(installation: Installation): Promise<Finding[]> {
    const deliveries = await this.inspectDeliveries(installation.id);
    // Under OAuth even to know the account may take a call.
    const found = await attempt(() => this.inspectAccount(installation), explain);
    return oneOfEach([...found, ...deliveries]);
  }

  /** Whether the stages are there that are to order a check: from others nothing is ordered, and nobody is told. */
  override async inspectSettings(installation: Installation): Promise<Finding[]> {
    const found = await attempt(async () => {
      const account = await this.accountOf(installation.id);
      return account === null ? [] : this.inspectStages(account, installation);
    }, explain);
    return found.filter(({ severity }) => severity !== 'info');
  }

  override tryAgain(actor: string, installation: Installation): Promise<Finding[]> {
    return this.refusedKey.tryAgain(actor, installation);
  }

  private async inspectAccount(installation: Installation): Promise<Finding[]> {
    const account = await this.accountOf(installation.id);
    if (account === null) {
      const isRefused = (await this.refusedKey.of(installation)) !== undefined;
      return [finding(isRefused ? 'lever_refused' : 'lever_credentials_missing', 'lever.apiKey')];
    }
    const found = await Promise.all([
      this.inspectGrant(installation),
      attempt(() => this.inspectStages(account, installation), explain),
      attempt(() => this.inspectWebhooks(installation.id), explainNotNeeded),
      attempt(() => this.inspectUser(account), explainUser),
      attempt(() => this.inspectOpportunities(account), explainProbe),
      attempt(() => this.inspectPostings(account), explainProbe),
    ]);
    return found.flat();
  }

  /** Null where it is not connected. */
  private async accountOf(installationId: string): Promise<LeverAccount | null> {
    try {
      return await this.accounts.of(installationId);
    } catch (error) {
      if (error instanceof NotConnected) return null;
      throw error;
    }
  }

  /** What Lever said when it granted access; nothing is known so of an API key. */
  private async inspectGrant({ id, configuration }: Installation): Promise<Finding[]> {
    const connection = await this.connections.find(id);
    const standing = connection && standingOf(connection, this.clock.now());
    if (!standing) return [];
    const lacking = connection.scopes === null ? [] : lackingToWrite(configuration, connection.scopes);
    const date = standing.expiresAt.toISOString().slice(0, 10);
    return [
      ...lacking.map((permission) => finding('lever_permission_missing', 'lever.oauth', { permission })),
      ...(standing.warning === null ? [] : [finding('lever_access_ends', 'lever.oauth', { date })]),
    ];
  }

  private async inspectStages(account: LeverAccount, { configuration }: Installation): Promise<Finding[]> {
    const stages = await this.client.getStages(account);
    return configuration.triggerStageIds.map((stageId) => {
      const stage = stages.find(({ id }) => id === stageId);
      return stage
        ? finding('trigger_stage_found', 'triggerStageIds', { name: `"${stage.text}"` })
        : finding('trigger_stage_unknown', 'triggerStageIds', { stageId });
    });
  }

  private async inspectWebhooks(installationId: string): Promise<Finding[]> {
    const { length } = await this.webhooks.ours(installationId);
    if (length === 1) return [finding('webhook_found')];
    return [
      length === 0
        ? finding('webhook_missing')
        : finding('webhook_several', undefined, { count: String(length) }),
    ];
  }

  private async inspectUser(account: LeverAccount): Promise<Finding[]> {
    if (account.performAs === null) return [];
    const { name, deactivatedAt } = await this.client.getUser(account, account.performAs);
    return deactivatedAt ? [finding('perform_as_deactivated', 'lever.performAs', { name })] : [];
  }

  private async inspectOpportunities(account: LeverAccount): Promise<Finding[]> {
    const theirs = await this.client.probeOpportunities(account);
    // Once is enough.
    return clockSkew('lever_clock_skew', theirs, this.clock.now());
  }

  private async inspectPostings(account: LeverAccount): Promise<Finding[]> {
    await this.client.probePostings(account);
    return [];
  }

  private async inspectDeliveries(installationId: string): Promise<Finding[]> {
    const refusedAt = await this.lastRefusedAt(installationId);
    // To move another candidate would be no help.
    if (refusedAt !== null) {
      return [finding('deliveries_refused', 'signatureTokens', { time: `${refusedAt.slice(0, 16)}Z` })];
    }
    const last = await this.dataSource.manager.findOne(Delivery, {
      where: { installationId, source: 'lever' },
      // The primary key is read from its end: ids are ordered by time.
      order: { id: 'DESC' },
    });
    if (!last) return [finding('delivery_never_seen')];
    const days = Math.floor((this.clock.now().getTime() - last.receivedAt.getTime()) / DAY_MS);
    return days < LONG_AGO_DAYS ? [] : [finding('delivery_long_ago', undefined, { days: String(days) })];
  }

  /** When no signature token fitted a delivery, lately; one that was added since may be the one. */
  private async lastRefusedAt(installationId: string): Promise<string | null> {
    const marks = await this.secrets.marks(installationId);
    const tokens = marks.filter(({ kind }) => kind === 'signature_token');
    const sinceMs = Math.max(
      this.clock.now().getTime() - DAY_MS,
      ...tokens.map(({ createdAt }) => createdAt.getTime()),
    );
    const last = await this.audit.lastSince(new Date(sinceMs), {
      installationId,
      action: 'webhook.refused',
      data: { reason: 'signature' },
    });
    return last?.at ?? null;
  }
}

/** Access that was revoked a moment ago is lost by the first call that meets it. */
const attempt: typeof attemptCalls = (work, explain) =>
  attemptCalls(async () => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NotConnected) return [finding('lever_refused', 'lever.apiKey')];
      throw error;
    }
  }, explain);

/** Lever answers 401 to credentials it does not know, 403 where a permission is lacking. */
function explain({ failure, details }: UpstreamError): Finding {
  if (failure !== 'unauthorized') {
    return finding('lever_unreachable', undefined, { operation: details.operation });
  }
  return details.status === 403
    ? finding('lever_permission_missing', 'lever.apiKey', { permission: details.permission ?? '' })
    : finding('lever_refused', 'lever.apiKey');
}

/** A list that Lever does not have, or not as we know it, tells nothing of permissions: ordering asks for none. */
const explainProbe = (error: UpstreamError): Finding =>
  ['rejected', 'malformed'].includes(error.failure)
    ? finding('lever_list_missing', undefined, { operation: error.details.operation })
    : explain(error);

/** What ordering does without: connecting by hand, with few permissions, must be possible (I5, I7). */
const explainNotNeeded = (error: UpstreamError): Finding =>
  error.details.status === 403
    ? finding('lever_not_verified', 'lever', { permission: error.details.permission ?? '' })
    : explainProbe(error);

const explainUser = (error: UpstreamError): Finding =>
  error.details.status === 404 ? finding('perform_as_unknown', 'lever.performAs') : explainNotNeeded(error);
