import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { Clock } from '../platform/clock.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { InstallationSecrets } from './installation-secrets.js';
import { InstallationRow } from './installation.entity.js';
import { LeverConnections } from './lever-connections.js';

/** Moves an installation to `disconnected` when Lever refuses its credentials (I6). */
@Injectable()
export class LostAccess {
  constructor(
    private readonly transactions: Transactions,
    private readonly connections: LeverConnections,
    private readonly secrets: InstallationSecrets,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** Lever refused a pair of tokens. @returns false, and nothing happens, when there is another by now */
  async byTokens(installationId: string, generation: number, reason: string): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const row = await this.hold(tx, installationId);
      const isLost = row !== null && (await this.connections.end(tx, installationId, generation));
      if (isLost) await this.disconnect(tx, row, reason);
      return isLost;
    });
  }

  /** Lever answered 401 to an API key; nothing happens when there is another by now. */
  async byApiKey(installationId: string, apiKey: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const row = await this.hold(tx, installationId);
      const [stored] = await this.secrets.open(installationId, 'lever_api_key', tx.manager);
      // A draft was never connected: its key is still being tried out.
      if (row && row.state !== 'draft' && row.leverRefusedAt === null && stored === apiKey) {
        await this.disconnect(tx, row, 'api_key_refused');
      }
    });
  }

  /** Not the key: who adds a secret meanwhile, and holds the connection, need not wait for this. */
  private async hold(tx: Transaction, id: string): Promise<InstallationRow | null> {
    return tx.manager.findOne(InstallationRow, { where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  private async disconnect(tx: Transaction, row: InstallationRow, reason: string): Promise<void> {
    const now = this.clock.now();
    await tx.manager.update(
      InstallationRow,
      { id: row.id },
      { state: 'disconnected', leverRefusedAt: now, updatedAt: now },
    );
    await this.audit.record(tx, {
      action: 'installation.disconnected',
      data: { from: row.state, reason },
      actor: 'lever',
      installationId: row.id,
      settingsVersion: row.settingsVersion,
    });
  }
}
