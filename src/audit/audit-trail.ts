import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { currentCause } from '../platform/cause.js';
import { Clock } from '../platform/clock.js';
import type { Call } from '../platform/database/combined-write.js';
import type { Transaction } from '../platform/database/transactions.js';
import { Ids } from '../platform/ids.js';
import type { AuditEntry } from './audit-entry.js';
import { checkedData } from './audit-schemas.js';
import { digestOf, instantOf, type HashedEntry } from './audit-hash.js';

type WaitingEntry = HashedEntry & { digest: string };

/** Records who did what, in the transaction of the change itself; the database refuses to change an entry (A1). */
@Injectable()
export class AuditTrail {
  private readonly waiting = new WeakMap<Transaction, WaitingEntry[]>();

  constructor(
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** @throws ZodError for data that its action's schema does not allow */
  async record(tx: Transaction, entry: AuditEntry): Promise<void> {
    this.enter(tx, this.ids.next(), entry);
  }

  /** Records at most one entry for each action of an installation in a minute of the clock, on all replicas (T1). */
  async recordOncePerMinute(tx: Transaction, entry: AuditEntry): Promise<void> {
    const minuteMs = Math.floor(this.clock.now().getTime() / 60_000) * 60_000;
    const chain = asKept(entry.installationId);
    const name = createHash('sha256').update(`${chain}/${entry.action}/${minuteMs}`).digest();
    this.enter(tx, namedId(minuteMs, name), entry);
  }

  /**
   * Entries are written when the rest of the transaction is done. So a chain is locked only for the commit, and who
   * holds one waits for nothing but another chain; those are locked in one order by everybody (ADR 10).
   */
  private enter(tx: Transaction, id: string, entry: AuditEntry): void {
    const { actor, action, opportunityId = null, settingsVersion = null } = entry;
    const installationId = asKept(entry.installationId);
    const orderId = entry.orderId === undefined ? null : asKept(entry.orderId);
    const hashed = {
      installationId,
      id,
      at: instantOf(this.clock.now()),
      actor,
      action,
      cause: currentCause(),
      orderId,
      opportunityId,
      settingsVersion,
      data: checkedData({ ...entry, installationId }),
    };
    const digest = digestOf(hashed).toString('hex');
    const waiting = this.waiting.get(tx) ?? [];
    if (waiting.length === 0) tx.callLast(() => appending(waiting));
    waiting.push({ ...hashed, digest });
    this.waiting.set(tx, waiting);
  }
}

/** As the database writes an id: what is read back has to have the digest of what was given. */
const asKept = (id: string): string => id.toLowerCase();

function appending(entries: readonly WaitingEntry[]): Call {
  const inOrder = entries.toSorted((a, b) => compare(a.installationId, b.installationId));
  return { text: 'append_audit_entries($1)', values: [JSON.stringify(inOrder)] };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** A version 8 UUID (RFC 9562: free use) of a time, so that it sorts among the others, and of a hash. */
function namedId(timeMs: number, hash: Buffer): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const hex = hash.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-8${hex.slice(0, 3)}-a${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}
