import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import { Clock } from '../clock.js';
import type { Transaction } from '../database/transactions.js';
import { Ids } from '../ids.js';
import { AdminKey } from './admin-key.entity.js';
import type { Principal } from './principal.js';
import type { Role } from './roles.js';

export interface NewKey {
  name: string;
  role: Role;
  installationId: string | null;
  expiresAt: Date | null;
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/** Admin API keys: recognised by their hash, expiring, revocable (A5). What changes them is audited by the keys' room. */
@Injectable()
export class AdminKeys {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** Whether an actor that is an admin key is still neither expired nor revoked. */
  async isValid(actor: string): Promise<boolean> {
    const id = /^admin_key:([\da-f-]{36})$/.exec(actor)?.[1];
    const row = id === undefined ? null : await this.find(id);
    return row !== null && this.isUsable(row);
  }

  /** The principal of a key; null when it is unknown, expired or revoked. Asked anew for every call. */
  async recognise(key: string): Promise<Principal | null> {
    const row = await this.dataSource.manager.findOneBy(AdminKey, { hash: hashOf(key) });
    if (!row || !this.isUsable(row)) return null;
    const { id, role, installationId, expiresAt } = row;
    return { actor: `admin_key:${id}`, role, installationId, expiresAt };
  }

  isUsable({ revokedAt, expiresAt }: Pick<AdminKey, 'revokedAt' | 'expiresAt'>): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > this.clock.now());
  }

  /** Keeps the hash of a key. Null when this very key is kept already, revoked or not. */
  async keep(tx: Transaction, key: string, about: NewKey): Promise<AdminKey | null> {
    const row = {
      ...about,
      id: this.ids.next(),
      hash: hashOf(key),
      lastFour: key.slice(-4),
      createdAt: this.clock.now(),
      revokedAt: null,
    };
    const insert = tx.manager.createQueryBuilder().insert().into(AdminKey).values(row).orIgnore();
    const inserted = await insert.returning(['id']).execute();
    return (inserted.raw as unknown[]).length > 0 ? row : null;
  }

  async count(tx: Transaction): Promise<number> {
    return tx.manager.count(AdminKey);
  }

  /** Null when there is none. */
  async find(id: string, manager: EntityManager = this.dataSource.manager): Promise<AdminKey | null> {
    return manager.findOneBy(AdminKey, { id });
  }

  /** Newest first, one more than wanted when there are more. */
  async page(limit: number, before: string | undefined, only: string | null): Promise<AdminKey[]> {
    const query = this.dataSource.manager
      .createQueryBuilder(AdminKey, 'key')
      .orderBy('key.id', 'DESC')
      .limit(limit + 1);
    if (before !== undefined) query.andWhere('key.id < :before', { before });
    if (only !== null) query.andWhere('key.installationId = :only', { only });
    return query.getMany();
  }

  /** Revokes a key at once, on all replicas. */
  async revoke(tx: Transaction, id: string): Promise<void> {
    await tx.manager.update(AdminKey, { id }, { revokedAt: this.clock.now() });
  }

  /** The keys that can do everything, locked until the transaction ends, so that they do not revoke one another. */
  async lockUnboundAdmins(tx: Transaction): Promise<AdminKey[]> {
    const rows = await tx.manager.find(AdminKey, {
      where: { role: 'admin', installationId: IsNull(), revokedAt: IsNull() },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    return rows.filter((row) => this.isUsable(row));
  }
}
