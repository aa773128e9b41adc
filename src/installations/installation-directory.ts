import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { mayKnow, type Principal } from '../platform/access/principal.js';
import { RowsByKey } from '../platform/database/rows-by-key.js';
import type { Transaction } from '../platform/database/transactions.js';
import { Clock } from '../platform/clock.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { ExpiringCache } from '../platform/http/expiring-cache.js';
import { InstallationRow, InstallationVersionRow } from './installation.entity.js';
import type { Configuration, Installation, InstallationState } from './installation.js';
import { NO_RETENTION_OF_ITS_OWN, type Retention } from './retention.js';

/** Versions never change once they are committed; those that nobody asks for are not worth their room. */
const VERSIONS_KEPT = { ttlMs: 3_600_000, maxEntries: 10_000 };

/** Reads installations and their versions. */
@Injectable()
export class InstallationDirectory {
  private readonly versions: ExpiringCache<Configuration>;
  private readonly rows: RowsByKey<InstallationRow>;

  constructor(
    private readonly dataSource: DataSource,
    clock: Clock,
  ) {
    this.versions = new ExpiringCache(VERSIONS_KEPT, clock);
    this.rows = new RowsByKey(dataSource, InstallationRow, ['id']);
  }

  /** With its present configuration; null when there is none. */
  async find(id: string, manager: EntityManager = this.dataSource.manager): Promise<Installation | null> {
    const row = await (isCommitted(manager)
      ? this.rows.find(id)
      : manager.findOneBy(InstallationRow, { id }));
    return row ? this.withConfiguration(row, manager) : null;
  }

  /** Which of them there are. @param ids in lower case */
  async existing(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM installations WHERE id = ANY ($1::uuid[])',
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The states of those of them that there are. @param ids in lower case */
  async statesOf(ids: readonly string[]): Promise<ReadonlyMap<string, InstallationState>> {
    const rows = await this.dataSource.query<{ id: string; state: InstallationState }[]>(
      'SELECT id, state FROM installations WHERE id = ANY ($1::uuid[])',
      [[...new Set(ids)]],
    );
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  /** Its state, which cannot change before the transaction ends; null when there is no such installation. */
  async holdState(tx: Transaction, id: string): Promise<InstallationState | null> {
    const [row] = await tx.manager.query<{ state: InstallationState }[]>(
      'SELECT state FROM installations WHERE id = $1 FOR SHARE',
      [id],
    );
    return row?.state ?? null;
  }

  /**
   * For an admin call: another installation's object is not there at all (A5).
   * @throws DomainError `installation_not_found`
   */
  async readFor(principal: Principal, id: string): Promise<Installation> {
    const installation = mayKnow(principal, id) ? await this.find(id) : null;
    if (installation) return installation;
    throw new DomainError('not_found', 'installation_not_found', 'There is no such installation.');
  }

  /** How long its orders are kept now, whatever settings they were mapped with. */
  async retentionOf(id: string, manager: EntityManager = this.dataSource.manager): Promise<Retention> {
    const installation = await this.find(id, manager);
    return installation?.configuration.retention ?? NO_RETENTION_OF_ITS_OWN;
  }

  /** The configuration an order was mapped with (I3). */
  configurationAt(installationId: string, version: number): Promise<Configuration> {
    const manager = this.dataSource.manager;
    return this.versions.get(`${installationId} ${version}`, () =>
      readVersion(manager, installationId, version),
    );
  }

  /** Newest first, one row more than `limit` when there are more. */
  async page(limit: number, before: string | undefined, onlyId: string | null): Promise<Installation[]> {
    const query = this.dataSource.manager
      .createQueryBuilder(InstallationRow, 'installation')
      .orderBy('installation.id', 'DESC')
      .limit(limit + 1);
    if (before !== undefined) query.andWhere('installation.id < :before', { before });
    if (onlyId !== null) query.andWhere('installation.id = :onlyId', { onlyId });
    const rows = await query.getMany();
    return Promise.all(rows.map((row) => this.withConfiguration(row, this.dataSource.manager)));
  }

  private async withConfiguration(row: InstallationRow, manager: EntityManager): Promise<Installation> {
    const { id, state, settingsVersion, leverRefusedAt, createdAt, updatedAt } = row;
    const configuration = await (isCommitted(manager)
      ? this.configurationAt(id, settingsVersion)
      : readVersion(manager, id, settingsVersion));
    return { id, state, settingsVersion, configuration, leverRefusedAt, createdAt, updatedAt };
  }
}

/** What a transaction sees of its own may never be committed. */
const isCommitted = ({ queryRunner }: EntityManager): boolean => queryRunner === undefined;

async function readVersion(
  manager: EntityManager,
  installationId: string,
  version: number,
): Promise<Configuration> {
  const { configuration } = await manager.findOneByOrFail(InstallationVersionRow, {
    installationId,
    version,
  });
  return configuration;
}
