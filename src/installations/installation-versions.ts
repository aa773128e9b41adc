import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Principal } from '../platform/access/principal.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { changedConfiguration } from './configuration-input.js';
import { InstallationVersionRow } from './installation.entity.js';
import type { Configuration, Installation } from './installation.js';
import { Installations } from './installations.js';

/** Who made a version, and when. */
export type VersionMark = Omit<InstallationVersionRow, 'configuration'>;

/** The versions of an installation: kept for good, for each order names the one it was mapped with (I3). */
@Injectable()
export class InstallationVersions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly installations: Installations,
  ) {}

  /** Newest first, one more than `limit` when there are more. */
  async page(installationId: string, limit: number, before: number | undefined): Promise<VersionMark[]> {
    const query = this.dataSource.manager
      .createQueryBuilder(InstallationVersionRow, 'version')
      .select(['version.installationId', 'version.version', 'version.changedBy', 'version.createdAt'])
      .where('version.installation_id = :installationId', { installationId })
      .orderBy('version.version', 'DESC')
      .limit(limit + 1);
    if (before !== undefined) query.andWhere('version.version < :before', { before });
    return query.getMany();
  }

  /** @throws DomainError `version_not_found` */
  async read(installationId: string, version: number): Promise<InstallationVersionRow> {
    const row = await this.dataSource.manager.findOneBy(InstallationVersionRow, { installationId, version });
    if (row) return row;
    throw new DomainError('not_found', 'version_not_found', `The installation has no version ${version}.`);
  }

  /**
   * Makes a new version that equals an old one. Secrets belong to no version and stay as they are.
   *
   * @param expectedVersion the version that is current to whoever restores
   * @throws DomainError `version_not_found`, `stale_version`, `shared_token`, and `version_not_restorable` with every fault where the
   *   old version breaks a rule that was made after it
   */
  async restore(
    principal: Principal,
    installationId: string,
    version: number,
    expectedVersion: number | undefined,
  ): Promise<Installation> {
    const old = await this.read(installationId, version);
    return this.installations.change(
      principal,
      installationId,
      expectedVersion,
      () => asValidToday(old),
      {},
      (settingsVersion) => ({
        action: 'installation.restored',
        data: { settingsVersion, restoredVersion: version },
      }),
    );
  }
}

/** Checked by the very rules of a change; a setting that did not exist yet takes its default. */
function asValidToday({ version, configuration }: InstallationVersionRow): Configuration {
  try {
    return changedConfiguration(configuration, { settings: { ...configuration.settings } });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError(
      'conflict',
      'version_not_restorable',
      `Version ${version} breaks rules that were made after it: change the present settings instead.`,
      error.faults,
    );
  }
}
