import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../platform/access/principal.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { etagOf } from '../platform/http/if-match.js';
import { InstallationCheck } from './installation-check.js';
import type { InstallationDto, SavedInstallationDto } from './installation.dto.js';
import { InstallationSecrets } from './installation-secrets.js';
import type { Installation, SecretMark } from './installation.js';
import { standingOf, type LeverConnection } from './lever-connection.js';
import { LeverConnections } from './lever-connections.js';
import { showInstallation } from './show-installation.js';

/** Gathers what is shown of an installation beside its configuration. */
@Injectable()
export class InstallationView {
  constructor(
    private readonly secrets: InstallationSecrets,
    private readonly connections: LeverConnections,
    private readonly check: InstallationCheck,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  async show(installation: Installation): Promise<InstallationDto> {
    const marks = await this.secrets.marks(installation.id);
    return this.put(installation, marks, await this.connections.find(installation.id));
  }

  /** As many as a page holds, with no more reading than for one. */
  async showAll(installations: readonly Installation[]): Promise<InstallationDto[]> {
    const ids = installations.map(({ id }) => id);
    const marks = await this.secrets.marksOfAll(ids);
    const connections = await this.connections.findAll(ids);
    return installations.map((installation) =>
      this.put(
        installation,
        marks.get(installation.id) ?? [],
        connections.find(({ installationId }) => installationId === installation.id) ?? null,
      ),
    );
  }

  private put(
    installation: Installation,
    marks: readonly SecretMark[],
    connection: LeverConnection | null,
  ): InstallationDto {
    const oauth = connection && standingOf(connection, this.clock.now());
    return showInstallation(installation, marks, oauth, this.config.http.publicUrl);
  }

  /** With the ETag that a change of it has to name (P4). */
  async showTagged(installation: Installation, reply: FastifyReply): Promise<InstallationDto> {
    reply.header('etag', etagOf(installation.settingsVersion));
    return this.show(installation);
  }

  /** With what does not fit in the settings that were just saved. */
  async showSaved(
    principal: Principal,
    installation: Installation,
    reply: FastifyReply,
  ): Promise<SavedInstallationDto> {
    const shown = await this.showTagged(installation, reply);
    return Object.assign(shown, { warnings: await this.check.warningsOf(principal, installation) });
  }
}
