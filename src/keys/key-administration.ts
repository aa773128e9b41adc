import { Injectable } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { SERVICE_CHAIN } from '../audit/audit-entry.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { AdminKey } from '../platform/access/admin-key.entity.js';
import { AdminKeys, type NewKey } from '../platform/access/admin-keys.js';
import { mintKey } from '../platform/access/mint-key.js';
import { mayKnow, type Principal } from '../platform/access/principal.js';
import { rolesCover } from '../platform/access/roles.js';
import { Clock } from '../platform/clock.js';
import { Transactions } from '../platform/database/transactions.js';
import { DomainError } from '../platform/errors/domain-error.js';

/** Creates and revokes admin keys, on record; no key makes another that could do more than itself (A5). */
@Injectable()
export class KeyAdministration {
  constructor(
    private readonly keys: AdminKeys,
    private readonly audit: AuditTrail,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /**
   * The key itself is answered here and never again.
   * @throws DomainError `wider_than_own`, `installation_not_found`, `expires_in_the_past`
   */
  async create(principal: Principal, about: NewKey): Promise<{ key: string; row: AdminKey }> {
    this.refuseWider(principal, about);
    const key = mintKey();
    try {
      const row = await this.transactions.run(async (tx) => {
        const kept = await this.keys.keep(tx, key, about);
        if (!kept) throw new Error('a random key was made twice');
        await this.audit.record(tx, {
          action: 'key.created',
          data: { keyId: kept.id, role: kept.role, expiresAt: kept.expiresAt?.toISOString() ?? null },
          actor: principal.actor,
          installationId: about.installationId ?? SERVICE_CHAIN,
        });
        return kept;
      });
      return { key, row };
    } catch (error) {
      throw isForeignKeyViolation(error) ? installationNotFound() : error;
    }
  }

  /** @throws DomainError `key_not_found`; another installation's key is not there at all */
  async readFor(principal: Principal, id: string): Promise<AdminKey> {
    const row = await this.keys.find(id);
    if (!row || !maySee(principal, row)) throw keyNotFound();
    return row;
  }

  /** Safe to repeat. @throws DomainError `key_not_found`, `last_admin_key` */
  async revoke(principal: Principal, id: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const admins = await this.keys.lockUnboundAdmins(tx);
      const row = await this.keys.find(id, tx.manager);
      if (!row || !maySee(principal, row)) throw keyNotFound();
      if (row.revokedAt !== null) return;
      if (admins.length === 1 && admins[0]?.id === id) {
        throw new DomainError(
          'conflict',
          'last_admin_key',
          'This is the last key that may do everything: create another one first.',
        );
      }
      await this.keys.revoke(tx, id);
      await this.audit.record(tx, {
        action: 'key.revoked',
        data: { keyId: id },
        actor: principal.actor,
        installationId: row.installationId ?? SERVICE_CHAIN,
      });
    });
  }

  private refuseWider(principal: Principal, { role, installationId, expiresAt }: NewKey): void {
    if (installationId !== null && !mayKnow(principal, installationId)) throw installationNotFound();
    if (expiresAt !== null && expiresAt <= this.clock.now()) {
      throw new DomainError('invalid', 'expires_in_the_past', 'The key would have expired already.');
    }
    const isBoundAlike = principal.installationId === null || installationId === principal.installationId;
    const livesAsLong =
      principal.expiresAt === null || (expiresAt !== null && expiresAt <= principal.expiresAt);
    if (rolesCover(principal.roles, role) && isBoundAlike && livesAsLong) return;
    throw new DomainError(
      'forbidden',
      'wider_than_own',
      'A key cannot create one that has more rights, is bound to less, or lives longer than itself.',
    );
  }
}

const maySee = (principal: Principal, { installationId }: AdminKey): boolean =>
  principal.installationId === null || principal.installationId === installationId;

const keyNotFound = (): DomainError => new DomainError('not_found', 'key_not_found', 'There is no such key.');

const installationNotFound = (): DomainError =>
  new DomainError('not_found', 'installation_not_found', 'There is no such installation.');

const isForeignKeyViolation = (error: unknown): boolean =>
  error instanceof QueryFailedError && (error.driverError as { code?: string }).code === '23503';
