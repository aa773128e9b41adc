import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationMemory } from './installation-memory.js';
import { InstallationSecrets, type OpenedSecrets } from './installation-secrets.js';
import { isCertified, type Installation } from './installation.js';
import type { LeverConnection } from './lever-connection.js';
import { LeverConnections } from './lever-connections.js';
import {
  NotConnected,
  VendorCredentials,
  type LeverCredentials,
  type VictigCredentials,
} from './vendor-credentials.js';

/** What is announced when it changes, and so need not be read for each call. */
interface StoredCredentials {
  installation: Installation | null;
  leverApiKey: OpenedSecrets;
  victigApiToken: OpenedSecrets;
}

/** The same of an OAuth connection, which not everybody has. */
interface StoredGrant {
  connection: LeverConnection | null;
  accessToken: OpenedSecrets;
}

@Injectable()
export class StoredVendorCredentials extends VendorCredentials {
  private readonly stored: InstallationMemory<StoredCredentials>;
  private readonly grants: InstallationMemory<StoredGrant>;

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
    this.grants = new InstallationMemory(changes, clock, (id) => this.readGrant(id));
  }

  override async leverOf(installationId: string): Promise<LeverCredentials> {
    const { installation, leverApiKey } = await this.stored.get(installationId);
    if (!installation) throw new NotConnected(installationId, 'Lever');
    // Asking again with what was refused helps nobody.
    if (installation.leverRefusedAt !== null) throw new NotConnected(installationId, 'Lever', 'refused');
    const apiKey = theOne(leverApiKey, installationId, 'Lever');
    const performAs = installation.configuration.leverPerformAs;
    if (apiKey !== undefined) return { apiKey, performAs };
    const { connection, accessToken } = await this.grants.get(installationId);
    if (connection?.endedAt !== null) throw new NotConnected(installationId, 'Lever');
    const [token = null] = accessToken.secrets.values();
    return { grant: { connection, accessToken: token }, performAs };
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

  private async readGrant(id: string): Promise<StoredGrant> {
    const [connection, accessToken] = await Promise.all([
      this.connections.find(id),
      this.secrets.openReadable(id, 'lever_access_token'),
    ]);
    return { connection, accessToken };
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
