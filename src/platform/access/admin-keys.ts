import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, In, IsNull, type EntityManager } from 'typeorm';
import { Clock } from '../clock.js';
import { SealBroken } from '../crypto/key-ring.js';
import { Transactions, type Transaction } from '../database/transactions.js';
import { Ids } from '../ids.js';
import { AdminKey } from './admin-key.entity.js';
import { KeyHashes, type KeptHash } from './key-hashes.js';
import type { Principal } from './principal.js';
import type { Role } from './roles.js';

export interface NewKey {
  name: string;
  role: Role;
  installationId: string | null;
  expiresAt: Date | null;
}

/** Admin API keys: recognised by their hash, expiring, revocable (A5). What changes them is audited by the keys' room. */
@Injectable()
export class AdminKeys implements OnModuleInit {
  private readonly logger = new Logger(AdminKeys.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly hashes: KeyHashes,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** Hashes anew what was hashed under an older encryption key, so that the older one can be removed afterwards. */
  async onModuleInit(): Promise<void> {
    const lost = await this.transactions.run(async (tx) => {
      await lockOut(tx);
      const rows = await tx.manager.find(AdminKey);
      const outdated = rows.filter(({ hashKeyId }) => !this.hashes.isCurrent(hashKeyId));
      const renewed = outdated.map((row) => ({ id: row.id, kept: this.renewed(row) }));
      for (const { id, kept } of renewed) if (kept) await tx.manager.update(AdminKey, { id }, kept);
      return renewed.filter(({ kept }) => kept === null).length;
    });
    if (lost > 0) {
      this.logger.warn(
        { count: lost },
        'admin keys were hashed under an encryption key that is not in ENCRYPTION_KEYS: they are not recognised',
      );
    }
  }

  /** Whether an actor that is an admin key is still neither expired nor revoked. */
  async isValid(actor: string): Promise<boolean> {
    const id = /^admin_key:([\da-f-]{36})$/.exec(actor)?.[1];
    const row = id === undefined ? null : await this.find(id);
    return row !== null && this.isUsable(row);
  }

  /** The principal of a key; null when it is unknown, expired or revoked. Asked anew for every call. */
  async recognise(key: string): Promise<Principal | null> {
    const row = await this.dataSource.manager.findOneBy(AdminKey, this.keptAs(key));
    if (!row || !this.isUsable(row)) return null;
    const { id, role, installationId, expiresAt } = row;
    return { actor: `admin_key:${id}`, roles: [role], installationId, expiresAt };
  }

  isUsable({ revokedAt, expiresAt }: Pick<AdminKey, 'revokedAt' | 'expiresAt'>): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > this.clock.now());
  }

  /** Keeps the hash of a key. Null when this very key is kept already, revoked or not. */
  async keep(tx: Transaction, key: string, about: NewKey): Promise<AdminKey | null> {
    await lockOut(tx);
    if (await tx.manager.existsBy(AdminKey, this.keptAs(key))) return null;
    const id = this.ids.next();
    const row = {
      ...about,
      ...this.hashes.keepable(key, id),
      id,
      lastFour: key.slice(-4),
      createdAt: this.clock.now(),
      revokedAt: null,
    };
    await tx.manager.insert(AdminKey, row);
    return row;
  }

  async count(tx: Transaction): Promise<number> {
    return tx.manager.count(AdminKey);
  }

  /** Null when there is none. */
  async find(id: string, manager: EntityManager = this.dataSource.manager): Promise<AdminKey | null> {
    return manager.findOneBy(AdminKey, { id });
  }

  /** Which of them are bound to an installation. */
  async boundTo(installationId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.dataSource.manager.findBy(AdminKey, { installationId, id: In([...ids]) });
    return new Set(rows.map(({ id }) => id));
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

  private keptAs(key: string) {
    return { hash: In(this.hashes.candidatesFor(key)) };
  }

  private renewed(row: AdminKey): KeptHash | null {
    try {
      return this.hashes.renew(row, row.id);
    } catch (error) {
      if (error instanceof SealBroken) return null;
      throw error;
    }
  }
}

/** Until the transaction ends no other one keeps a key or hashes it anew: one key must not be kept twice. */
const lockOut = (tx: Transaction): Promise<unknown> =>
  tx.manager.query('LOCK TABLE admin_keys IN SHARE ROW EXCLUSIVE MODE');
