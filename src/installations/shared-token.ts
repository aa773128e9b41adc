import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isDeepStrictEqual } from 'node:util';
import type { OtherClients } from '../mapping/catalogue.js';
import type { Principal } from '../platform/access/principal.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { finding, type Finding } from './finding.js';
import { InstallationSecrets } from './installation-secrets.js';
import type { Configuration, Installation } from './installation.js';

/** Everything that chooses among the clients that a token sees. */
const CHOICES: Record<string, (configuration: Configuration) => unknown> = {
  'victig.clientGuid': ({ victigClientGuid }) => victigClientGuid,
  'settings.subClientBy': ({ settings }) => settings.subClientBy,
  'settings.subClientPrefix': ({ settings }) => settings.subClientPrefix,
  'settings.clientCities': ({ settings }) => settings.clientCities,
};

/**
 * An installation without a VICTIG token of its own uses the service's, which sees the clients of every customer. A
 * principal that is bound to it neither learns of them nor decides which of them is ordered under (A5).
 */
@Injectable()
export class SharedToken {
  constructor(
    private readonly secrets: InstallationSecrets,
    private readonly dataSource: DataSource,
  ) {}

  /** Whether a job's location, or a tag, may choose a client of another customer (M4). */
  async inspect({ id, configuration }: Installation): Promise<Finding[]> {
    if (configuration.settings.subClientBy === 'none' || (await this.hasOwn(id))) return [];
    const others = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM installations AS other
       JOIN installation_versions AS v ON v.installation_id = other.id AND v.version = other.settings_version
       WHERE other.id <> $1 AND lower(v.configuration ->> 'victigClientGuid') <> lower($2) AND NOT EXISTS (
         SELECT 1 FROM installation_secrets AS own
         WHERE own.installation_id = other.id AND own.kind = 'victig_api_token')
       LIMIT 1`,
      [id, configuration.victigClientGuid],
    );
    return others.length === 0 ? [] : [finding('sub_clients_of_others', 'settings.subClientBy')];
  }

  /** Whether an answer to this principal may name clients that the installation does not order under. */
  async othersFor(principal: Principal, installationId: string): Promise<OtherClients> {
    return isBound(principal) && !(await this.hasOwn(installationId)) ? 'unnamed' : 'named';
  }

  /**
   * Called before the secrets change.
   * @param ownToken the VICTIG token that is set; null removes it, undefined leaves what there is
   * @throws DomainError `shared_token`
   */
  async demandMayChange(
    principal: Principal,
    installationId: string,
    [before, after]: readonly [Configuration, Configuration],
    ownToken: string | null | undefined,
    manager: EntityManager,
  ): Promise<void> {
    if (!isBound(principal) || typeof ownToken === 'string') return;
    const hasOwn = await this.hasOwn(installationId, manager);
    if (!hasOwn) demandSameChoice(before, after);
    // What was chosen while there was one would be looked for with the service's.
    else if (ownToken === null) throw choosesAmongAll(['victig.apiToken']);
  }

  private async hasOwn(installationId: string, manager?: EntityManager): Promise<boolean> {
    const marks = await this.secrets.marks(installationId, manager);
    return marks.some(({ kind }) => kind === 'victig_api_token');
  }
}

const isBound = ({ installationId }: Principal): boolean => installationId !== null;

/** @throws DomainError `shared_token` when another client could be ordered under after the change */
export function demandSameChoice(before: Configuration, after: Configuration): void {
  const changed = Object.entries(CHOICES)
    .filter(([, read]) => !isDeepStrictEqual(read(before), read(after)))
    .map(([path]) => path);
  if (changed.length > 0) throw choosesAmongAll(changed);
}

const choosesAmongAll = (paths: readonly string[]): DomainError =>
  new DomainError(
    'forbidden',
    'shared_token',
    `Changing ${paths.join(', ')} would choose among the clients of every customer, for the service's VICTIG token sees them all: have it done with a key that is bound to no installation, or give the installation a victig.apiToken of its own.`,
  );
