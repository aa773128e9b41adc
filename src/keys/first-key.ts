import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { SERVICE_CHAIN } from '../audit/audit-entry.js';
import { AdminKeys } from '../platform/access/admin-keys.js';
import { mintKey } from '../platform/access/mint-key.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';

/** Any number that no other program locks in the same database. */
const FIRST_KEY_LOCK = 7_216_303;

/** Where a key that was made by itself is shown, once. */
export abstract class KeyAnnouncement {
  abstract announce(key: string): void;
}

export class TerminalAnnouncement extends KeyAnnouncement {
  override announce(key: string): void {
    process.stdout.write(`A first admin key was made. It is shown only now: ${key}\n`);
  }
}

/** `ADMIN_API_KEY` is a key; without it and without any key one is made and shown once. */
@Injectable()
export class FirstKey implements OnApplicationBootstrap {
  constructor(
    private readonly keys: AdminKeys,
    private readonly audit: AuditTrail,
    private readonly transactions: Transactions,
    private readonly announcement: KeyAnnouncement,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const given = this.config.access.firstKey;
    if (given !== undefined) {
      await this.transactions.run((tx) => this.keep(tx, given, 'ADMIN_API_KEY'));
      return;
    }
    const made = mintKey();
    const isFirst = await this.transactions.run(async (tx) => {
      // Replicas that start together must not each find that there is none.
      await tx.manager.query('SELECT pg_advisory_xact_lock($1)', [FIRST_KEY_LOCK]);
      if ((await this.keys.count(tx)) > 0) return false;
      await this.keep(tx, made, 'first key');
      return true;
    });
    if (isFirst) this.announcement.announce(made);
  }

  private async keep(tx: Transaction, key: string, name: string): Promise<void> {
    const about = { name, role: 'admin', installationId: null, expiresAt: null } as const;
    const kept = await this.keys.keep(tx, key, about);
    if (!kept) return;
    await this.audit.record(tx, {
      action: 'key.created',
      data: { keyId: kept.id, role: kept.role, expiresAt: null },
      actor: 'service:start',
      installationId: SERVICE_CHAIN,
    });
  }
}
