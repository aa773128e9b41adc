import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { InstallationDirectory } from '../installations/installation-directory.js';
import { InstallationSecrets } from '../installations/installation-secrets.js';
import type { SecretMark } from '../installations/installation.js';
import { demandRoomForToken } from '../installations/signature-tokens.js';
import { webhookUrls } from '../installations/webhook-urls.js';
import { NotConnected } from '../installations/vendor-credentials.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Transactions } from '../platform/database/transactions.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import type { LeverAccount } from './lever-account.js';
import { LeverAccounts } from './lever-accounts.js';
import { LeverClient } from './lever-client.js';
import type { CreatedLeverWebhook, LeverWebhookRecord } from './lever-schemas.js';
import { STAGE_CHANGE } from './lever-webhook.js';
import { WebhookTurns } from './webhook-turns.js';

export interface RegisteredWebhook {
  webhook: LeverWebhookRecord;
  signatureToken: SecretMark;
  /** Ids of our older webhooks that are gone. */
  removed: readonly string[];
  /** Ids of our older webhooks that are still there. */
  notRemoved: readonly string[];
}

interface Removal {
  removed: string[];
  notRemoved: { id: string; error: UpstreamError }[];
}

/** An installation's webhook at Lever: made, found and removed by Lever's API (I4). */
@Injectable()
export class LeverWebhooks {
  constructor(
    private readonly client: LeverClient,
    private readonly accounts: LeverAccounts,
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    private readonly audit: AuditTrail,
    private readonly transactions: Transactions,
    private readonly turns: WebhookTurns,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  urlOf(installationId: string): string {
    return webhookUrls(this.config.http.publicUrl, installationId).lever;
  }

  /** Those for stage changes that point to the installation's door, oldest first, however they were made. */
  async ours(installationId: string): Promise<LeverWebhookRecord[]> {
    return this.oursOf(await this.accounts.of(installationId), installationId);
  }

  /**
   * Creates the webhook and keeps its signature token, which Lever shows only now. If the process dies in between,
   * the webhook stays at Lever without a token here; `replace` mends that. The old webhook goes last, so that no
   * delivery is lost; its token stays, for Lever may still try again what that webhook sent.
   *
   * @param replace put a new webhook in the place of those there are
   * @throws DomainError `public_url_not_https`, `webhook_exists`, `too_many_signature_tokens`, `webhook_in_progress`
   */
  async register(actor: string, installationId: string, replace: boolean): Promise<RegisteredWebhook> {
    this.demandReachable();
    return this.turns.take(installationId, (endsBy) => this.make(actor, installationId, replace, endsBy));
  }

  private async make(
    actor: string,
    installationId: string,
    replace: boolean,
    endsBy: Date,
  ): Promise<RegisteredWebhook> {
    const account = await this.accounts.of(installationId);
    const older = await this.oursOf(account, installationId);
    if (older.length > 0 && !replace) throw exists(older);
    const marks = await this.secrets.marks(installationId);
    demandRoomForToken(marks.filter(({ kind }) => kind === 'signature_token').length);
    const webhook = { url: this.urlOf(installationId), event: STAGE_CHANGE };
    const created = await this.client.createWebhook(account, webhook, endsBy);
    const signatureToken = await this.keep(actor, installationId, created);
    const { removed, notRemoved } = await this.removeEach(actor, installationId, account, older);
    return { webhook: created, signatureToken, removed, notRemoved: notRemoved.map(({ id }) => id) };
  }

  /** Removes all of ours; none is no fault. @throws DomainError `webhook_not_removed`, `webhook_in_progress` */
  async remove(actor: string, installationId: string): Promise<void> {
    const { removed, notRemoved } = await this.turns.take(installationId, () =>
      this.removeOurs(actor, installationId),
    );
    const [first] = notRemoved;
    if (!first) return;
    if (removed.length === 0 && !isRefusal(first.error)) throw first.error;
    throw new DomainError(
      'conflict',
      'webhook_not_removed',
      `Lever did not remove ${listed(notRemoved)} (${first.error.message}). One that was made by hand can be removed only by hand, in Lever's Settings, Integrations and API, Webhooks; any other needs the permission webhooks:write:admin.`,
    );
  }

  /**
   * Removes what Lever lets go of ours, before access is given up.
   * @param leave gives it up; none is made meanwhile, for it would be left behind
   * @returns ids of those that are still there; null when Lever does not let us know of any
   * @throws UpstreamError when Lever fails: what a later try removes is not to be left behind
   * @throws DomainError `webhook_in_progress`
   */
  removeBeforeLeaving(
    actor: string,
    installationId: string,
    leave: () => Promise<void>,
  ): Promise<readonly string[] | null> {
    return this.turns.take(installationId, async () => {
      const left = await this.removeForGood(actor, installationId);
      await leave();
      return left;
    });
  }

  private async removeForGood(actor: string, installationId: string): Promise<readonly string[] | null> {
    try {
      const { notRemoved } = await this.removeOurs(actor, installationId);
      const passing = notRemoved.find(({ error }) => !isRefusal(error));
      if (passing) throw passing.error;
      return notRemoved.map(({ id }) => id);
    } catch (error) {
      if (error instanceof NotConnected) return (await this.neverHadAny(installationId)) ? [] : null;
      if (error instanceof UpstreamError && isRefusal(error)) return null;
      throw error;
    }
  }

  /** Without access none could be made here, and who makes one by hand gives its signature token. */
  private async neverHadAny(installationId: string): Promise<boolean> {
    const [installation, marks] = await Promise.all([
      this.directory.find(installationId),
      this.secrets.marks(installationId),
    ]);
    // What loses its access is a draft no more.
    return (
      installation?.state === 'draft' &&
      !marks.some(({ kind }) => kind === 'signature_token' || kind === 'lever_api_key')
    );
  }

  private async removeOurs(actor: string, installationId: string): Promise<Removal> {
    const account = await this.accounts.of(installationId);
    const ours = await this.oursOf(account, installationId);
    return this.removeEach(actor, installationId, account, ours);
  }

  private async oursOf(account: LeverAccount, installationId: string): Promise<LeverWebhookRecord[]> {
    const address = URL.parse(this.urlOf(installationId))?.href;
    const all = await this.client.getWebhooks(account);
    return all
      .filter(({ event, url }) => event === STAGE_CHANGE && URL.parse(url)?.href === address)
      .toSorted((one, other) => Number(one.createdAt) - Number(other.createdAt));
  }

  private async keep(
    actor: string,
    installationId: string,
    created: CreatedLeverWebhook,
  ): Promise<SecretMark> {
    return this.transactions.run(async (tx) => {
      const mark = await this.secrets.add(tx, installationId, 'signature_token', created.signatureToken);
      const by = { actor, installationId };
      await this.audit.record(tx, { action: 'signature_token.added', data: { tokenId: mark.id }, ...by });
      await this.audit.record(tx, {
        action: 'lever.webhook_created',
        data: { webhookId: created.id, tokenId: mark.id },
        ...by,
      });
      return mark;
    });
  }

  /** One that cannot be removed does not keep the others from going. */
  private async removeEach(
    actor: string,
    installationId: string,
    account: LeverAccount,
    webhooks: readonly LeverWebhookRecord[],
  ): Promise<Removal> {
    const removal: Removal = { removed: [], notRemoved: [] };
    for (const { id } of webhooks) {
      const error = await this.failureToDelete(account, id);
      if (error) {
        removal.notRemoved.push({ id, error });
        continue;
      }
      removal.removed.push(id);
      await this.transactions.run((tx) =>
        this.audit.record(tx, {
          action: 'lever.webhook_deleted',
          data: { webhookId: id },
          actor,
          installationId,
        }),
      );
    }
    return removal;
  }

  /** Null when it is gone, also when it was gone before. */
  private async failureToDelete(account: LeverAccount, id: string): Promise<UpstreamError | null> {
    try {
      await this.client.deleteWebhook(account, id);
      return null;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return error.details.status === 404 ? null : error;
    }
  }

  /** Lever sends to HTTPS with a valid certificate only; a stand-in of Lever on this machine to anything. */
  private demandReachable(): void {
    const { http, outgoing } = this.config;
    if (http.publicUrl.startsWith('https://') || outgoing.allowPrivateHosts) return;
    throw new DomainError(
      'conflict',
      'public_url_not_https',
      `Lever delivers only to HTTPS, and PUBLIC_URL is ${http.publicUrl}: set it to the https address under which Lever reaches this service, and start it again.`,
    );
  }
}

const isRefusal = ({ failure }: UpstreamError): boolean =>
  failure === 'unauthorized' || failure === 'rejected';

const listed = (webhooks: readonly { id: string }[]): string =>
  `${webhooks.length === 1 ? 'webhook' : 'webhooks'} ${webhooks.map(({ id }) => id).join(', ')}`;

const exists = (webhooks: readonly LeverWebhookRecord[]): DomainError =>
  new DomainError(
    'conflict',
    'webhook_exists',
    `Lever sends stage changes here already, by ${listed(webhooks)}. If its signature token is not known here, for it was made by hand or making it was interrupted, send {"replace": true}: a new webhook then takes its place, and its token is kept.`,
  );
