import { Injectable, Logger } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { Clock } from '../platform/clock.js';
import { KeyRing, SealBroken } from '../platform/crypto/key-ring.js';
import type { SealedColumn } from '../platform/crypto/sealed-column.js';
import type { Transaction } from '../platform/database/transactions.js';
import { Ids } from '../platform/ids.js';
import { OncePerMinute } from '../platform/logging/once-per-minute.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationSecretRow } from './installation.entity.js';
import type { SecretKind, SecretMark } from './installation.js';

export const SECRETS_COLUMN: SealedColumn = {
  table: 'installation_secrets',
  column: 'sealed',
  key: ['installation_id', 'id'],
  alsoRead: ['kind'],
  place: ({ installation_id = '', id = '', kind = '' }) =>
    `installation_secrets/${installation_id.toLowerCase()}/${id}/${kind}`,
};

const place = (installationId: string, id: string, kind: SecretKind): string =>
  SECRETS_COLUMN.place({ installation_id: installationId, id, kind });

/** Secrets of a kind in the clear, by their ids. */
export interface OpenedSecrets {
  secrets: Map<string, string>;
  /** There are others that no configured key opens, or that were changed in the database. */
  unreadable: boolean;
}

/** An installation's secrets, sealed in the database and opened only for use (I2). */
@Injectable()
export class InstallationSecrets {
  private readonly logger = new Logger(InstallationSecrets.name);
  private readonly told: OncePerMinute;

  constructor(
    private readonly dataSource: DataSource,
    private readonly keyRing: KeyRing,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly changes: InstallationChanges,
  ) {
    this.told = new OncePerMinute(clock);
  }

  async add(tx: Transaction, installationId: string, kind: SecretKind, secret: string): Promise<SecretMark> {
    const id = this.ids.next();
    const row = {
      installationId,
      id,
      kind,
      sealed: this.keyRing.seal(Buffer.from(secret, 'utf8'), place(installationId, id, kind)),
      lastFour: secret.slice(-4),
      createdAt: this.clock.now(),
    };
    await tx.manager.insert(InstallationSecretRow, row);
    this.changes.announce(tx, installationId);
    return markOf(row);
  }

  /** Sets the one secret of a kind; null removes it. @returns whether there was one */
  async replace(
    tx: Transaction,
    installationId: string,
    kind: Exclude<SecretKind, 'signature_token'>,
    secret: string | null,
  ): Promise<boolean> {
    const before = await tx.manager.delete(InstallationSecretRow, { installationId, kind });
    this.changes.announce(tx, installationId);
    if (secret !== null) await this.add(tx, installationId, kind, secret);
    return (before.affected ?? 0) > 0;
  }

  /** False when there is no such secret of that kind. */
  async remove(tx: Transaction, installationId: string, kind: SecretKind, id: string): Promise<boolean> {
    const result = await tx.manager.delete(InstallationSecretRow, { installationId, kind, id });
    this.changes.announce(tx, installationId);
    return (result.affected ?? 0) > 0;
  }

  async marks(
    installationId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<SecretMark[]> {
    const rows = await manager.find(InstallationSecretRow, {
      where: { installationId },
      order: { id: 'ASC' },
    });
    return rows.map(markOf);
  }

  /** Of many installations at once, by the id of each; those that have none are left out. */
  async marksOfAll(installationIds: readonly string[]): Promise<Map<string, SecretMark[]>> {
    const rows = await this.dataSource.manager.find(InstallationSecretRow, {
      where: { installationId: In(installationIds) },
      order: { id: 'ASC' },
    });
    const byInstallation = Map.groupBy(rows, (row) => row.installationId);
    return new Map([...byInstallation].map(([id, ofOne]) => [id, ofOne.map(markOf)]));
  }

  /** All secrets of a kind in the clear: for use at once, never to be kept or shown. @throws SealBroken */
  async open(
    installationId: string,
    kind: SecretKind,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<string[]> {
    const rows = await manager.find(InstallationSecretRow, { where: { installationId, kind } });
    return rows.map((row) => this.opened(row));
  }

  /** As `open`, for who can do with those that open. */
  async openReadable(
    installationId: string,
    kind: SecretKind,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<OpenedSecrets> {
    const rows = await manager.find(InstallationSecretRow, { where: { installationId, kind } });
    const secrets = new Map<string, string>();
    for (const row of rows) {
      const secret = this.openedOrNull(row);
      if (secret !== null) secrets.set(row.id, secret);
    }
    return { secrets, unreadable: secrets.size < rows.length };
  }

  /** The kinds of which a secret cannot be opened. */
  async unreadableKinds(installationId: string): Promise<SecretKind[]> {
    const rows = await this.dataSource.manager.find(InstallationSecretRow, { where: { installationId } });
    return [...new Set(rows.filter((row) => this.openedOrNull(row) === null).map(({ kind }) => kind))];
  }

  private openedOrNull(row: InstallationSecretRow): string | null {
    try {
      return this.opened(row);
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      const { installationId, id, kind } = row;
      // Strangers at the doors have it tried as often as they like.
      if (this.told.isFirst(id)) {
        this.logger.error({ err: error, installationId, kind }, 'a secret cannot be opened');
      }
      return null;
    }
  }

  private opened({ installationId, id, kind, sealed }: InstallationSecretRow): string {
    return this.keyRing.open(sealed, place(installationId, id, kind)).toString('utf8');
  }
}

const markOf = ({ id, kind, lastFour, createdAt }: SecretMark): SecretMark => ({
  id,
  kind,
  lastFour,
  createdAt,
});
