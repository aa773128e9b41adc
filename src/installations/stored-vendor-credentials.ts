import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationMemory } from './installation-memory.js';
import { InstallationSecrets, type OpenedSecrets } from './installation-secrets.js';
import { isCertified, type Installation } from './installation.js';
import { LeverConnections } from './lever-connections.js';
import {
  NotConnected,
  VendorCredentials,
  type LeverCredentials,
  type VictigCredentials,
} from './vendor-credentials.js';

/** What does not change from call to call: tokens of an OAuth connection do, and are read each time. */
interface StoredCredentials {
  installation: Installation | null;
  leverApiKey: OpenedSecrets;
  victigApiToken: OpenedSecrets;
}

@Injectable()
export class StoredVendorCredentials extends VendorCredentials {
  private readonly stored: InstallationMemory<StoredCredentials>;

  constructor(
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    private readonly connections: LeverConnections,
    changes: InstallationChanges,
    clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {
    super();
    this.stored = new InstallationMemory(changes, clock, (id) => this.read(id));
  }

  override async leverOf(installationId: string): Promise<LeverCredentials> {
    const { installation, leverApiKey } = await this.stored.get(installationId);
    if (!installation) throw new NotConnected(installationId, 'Lever');
    // Asking again with what was refused helps nobody.
    if (installation.leverRefusedAt !== null) throw new NotConnected(installationId, 'Lever', 'refused');
    const apiKey = theOne(leverApiKey, installationId, 'Lever');
    const performAs = installation.configuration.leverPerformAs;
    if (apiKey !== undefined) return { apiKey, performAs };
    const connection = await this.connections.find(installationId);
    if (connection?.endedAt !== null) throw new NotConnected(installationId, 'Lever');
    return { connection, performAs };
  }

  override async victigOf(installationId: string): Promise<VictigCredentials> {
    const { installation, victigApiToken } = await this.stored.get(installationId);
    // The service's is that of another account, and no stand-in for one that cannot be opened.
    const apiToken = theOne(victigApiToken, installationId, 'VICTIG') ?? this.config.victig.apiToken;
    if (!installation || apiToken === undefined) throw new NotConnected(installationId, 'VICTIG');
    const { victigClientGuid, certification } = installation.configuration;
    return { apiToken, clientGuid: victigClientGuid, certified: isCertified(certification) };
  }

  private async read(id: string): Promise<StoredCredentials> {
    const [installation, leverApiKey, victigApiToken] = await Promise.all([
      this.directory.find(id),
      this.secrets.openReadable(id, 'lever_api_key'),
      this.secrets.openReadable(id, 'victig_api_token'),
    ]);
    return { installation, leverApiKey, victigApiToken };
  }
}

/** Of a kind of which an installation has one at the most. @throws NotConnected */
function theOne(
  { secrets, unreadable }: OpenedSecrets,
  installationId: string,
  vendor: 'Lever' | 'VICTIG',
): string | undefined {
  if (unreadable) throw new NotConnected(installationId, vendor, 'unreadable');
  return [...secrets.values()][0];
}
