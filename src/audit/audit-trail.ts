import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Clock } from '../platform/clock.js';
import type { Transaction } from '../platform/database/transactions.js';
import { Ids } from '../platform/ids.js';
import type { AuditEntry } from './audit-entry.js';

/** Records who did what, in the transaction of the change itself; the database refuses to change an entry (A1). */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async record(tx: Transaction, entry: AuditEntry): Promise<void> {
    await this.insert(tx, this.ids.next(), entry);
  }

  /** Records at most one entry for each action of an installation in a minute of the clock, on all replicas (T1). */
  async recordOncePerMinute(tx: Transaction, entry: AuditEntry): Promise<void> {
    const minute = Math.floor(this.clock.now().getTime() / 60_000);
    const name = createHash('sha256').update(`${entry.installationId}/${entry.action}/${minute}`).digest();
    await this.insert(tx, uuidFrom(name), entry);
  }

  private async insert(tx: Transaction, id: string, entry: AuditEntry): Promise<void> {
    await tx.manager.query(
      `INSERT INTO audit_entries (installation_id, id, at, actor, action, order_id, opportunity_id, data)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [
        entry.installationId,
        id,
        this.clock.now(),
        entry.actor,
        entry.action,
        entry.orderId ?? null,
        entry.opportunityId ?? null,
        entry.data,
      ],
    );
  }
}

/** A version 8 UUID (RFC 9562: free use) of the first 16 bytes. */
function uuidFrom(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
