import { Inject, Injectable } from '@nestjs/common';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import type { Transaction } from '../platform/database/transactions.js';
import { DomainError, type Fault } from '../platform/errors/domain-error.js';
import { isCertified, type Installation, type SecretMark } from './installation.js';
import { InstallationSecrets } from './installation-secrets.js';
import { LeverConnections } from './lever-connections.js';

/** What an installation needs before it may order, and as long as it does. */
@Injectable()
export class Activation {
  constructor(
    private readonly secrets: InstallationSecrets,
    private readonly connections: LeverConnections,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /**
   * @param of left out: of everything; a path: only of what is set there
   * @throws DomainError `not_ready` with everything that is missing
   */
  async demandReady(tx: Transaction, installation: Installation, of?: Fault['path']): Promise<void> {
    const faults = await this.missingFor(tx, installation);
    const missing = faults.filter(({ path }) => of === undefined || path === of);
    if (missing.length === 0) return;
    const message =
      installation.state === 'active'
        ? 'The installation is active and could not order any more: pause it first, or leave it what it needs.'
        : 'The installation cannot be activated yet.';
    throw new DomainError('conflict', 'not_ready', message, missing);
  }

  private async missingFor(tx: Transaction, installation: Installation): Promise<Fault[]> {
    const marks = await this.secrets.marks(installation.id, tx.manager);
    const has = (kind: SecretMark['kind']): boolean => marks.some((mark) => mark.kind === kind);
    const missing: Fault[] = [];
    const lever = await this.leverFault(tx, installation, has('lever_api_key'));
    if (lever !== null) missing.push({ path: 'lever.apiKey', message: lever });
    if (!has('signature_token')) {
      missing.push({ path: 'signatureTokens', message: 'Add the signature token of the Lever webhook.' });
    }
    if (installation.configuration.triggerStageIds.length === 0) {
      missing.push({ path: 'triggerStageIds', message: 'Name at least one stage that orders a check.' });
    }
    if (!isCertified(installation.configuration.certification)) {
      missing.push({
        path: 'certification',
        message: 'Record a certification of permissible purpose: who certifies, when and what.',
      });
    }
    if (!has('victig_api_token') && this.config.victig.apiToken === undefined) {
      missing.push({
        path: 'victig.apiToken',
        message: 'Set a VICTIG API token here, or VICTIG_API_TOKEN for the whole service.',
      });
    }
    return missing;
  }

  private async leverFault(tx: Transaction, { id, leverRefusedAt }: Installation, hasApiKey: boolean) {
    if (leverRefusedAt !== null) {
      return 'Lever does not accept the credentials any more: connect by a new OAuth link, or set a new API key.';
    }
    const connection = await this.connections.find(id, tx.manager);
    return hasApiKey || connection?.endedAt === null
      ? null
      : 'Connect by an OAuth link, or set a Lever API key.';
  }
}
