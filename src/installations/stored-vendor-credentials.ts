import { Inject, Injectable } from '@nestjs/common';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationSecrets } from './installation-secrets.js';
import { LeverConnections } from './lever-connections.js';
import {
  NotConnected,
  VendorCredentials,
  type LeverCredentials,
  type VictigCredentials,
} from './vendor-credentials.js';

@Injectable()
export class StoredVendorCredentials extends VendorCredentials {
  constructor(
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    private readonly connections: LeverConnections,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {
    super();
  }

  override async leverOf(installationId: string): Promise<LeverCredentials> {
    const installation = await this.directory.find(installationId);
    if (!installation) throw new NotConnected(installationId, 'Lever');
    // Asking again with what was refused helps nobody.
    if (installation.leverRefusedAt !== null) throw new NotConnected(installationId, 'Lever', true);
    const performAs = installation.configuration.leverPerformAs;
    const connection = await this.connections.find(installationId);
    if (connection?.endedAt === null) return { connection, performAs };
    const [apiKey] = await this.secrets.open(installationId, 'lever_api_key');
    if (apiKey === undefined) throw new NotConnected(installationId, 'Lever');
    return { apiKey, performAs };
  }

  override async victigOf(installationId: string): Promise<VictigCredentials> {
    const installation = await this.directory.find(installationId);
    const [own] = await this.secrets.open(installationId, 'victig_api_token');
    const apiToken = own ?? this.config.victig.apiToken;
    if (!installation || apiToken === undefined) throw new NotConnected(installationId, 'VICTIG');
    const { victigClientGuid, certification } = installation.configuration;
    return { apiToken, clientGuid: victigClientGuid, certified: certification.statement !== '' };
  }
}
