import { Injectable, Logger } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { Clock } from '../platform/clock.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { InstallationChanges } from './installation-changes.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { InstallationSecrets } from './installation-secrets.js';
import { InstallationRow } from './installation.entity.js';
import { releaseWaiting } from './jobs.js';
import { LeverConnections, type OwnTurn } from './lever-connections.js';

/** Who did it, when nobody here did. */
const LEVER = 'lever';

/**
 * Moves an installation to `disconnected`: when Lever refuses its credentials, or an admin takes them away (I6). And keeps
 * that Lever takes a key again; what becomes of the installation then, a person says.
 */
@Injectable()
export class LostAccess {
  private readonly logger = new Logger(LostAccess.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly connections: LeverConnections,
    private readonly secrets: InstallationSecrets,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly changes: InstallationChanges,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * Lever refused a pair of tokens.
   * @param refused the turn, too, if it was refused to be exchanged: whoever took that over may have got the next pair
   * @returns false, and nothing happens, when there is another pair by now, or the turn is another's
   */
  async byTokens(
    installationId: string,
    refused: Pick<OwnTurn, 'generation'> & Partial<OwnTurn>,
    reason: string,
  ): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const row = await this.hold(tx, installationId);
      const isLost = row !== null && (await this.connections.end(tx, installationId, refused));
      if (isLost) await this.disconnect(tx, row, { actor: LEVER, reason, refusedAt: this.clock.now() });
      return isLost;
    });
  }

  /** Lever answered 401 to an API key; nothing happens when there is another by now. */
  async byApiKey(installationId: string, apiKey: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const row = await this.hold(tx, installationId);
      const stored = await this.storedKey(tx, installationId);
      // A draft was never connected: its key is still being tried out.
      if (row && row.state !== 'draft' && row.leverRefusedAt === null && stored === apiKey) {
        await this.disconnect(tx, row, {
          actor: LEVER,
          reason: 'api_key_refused',
          refusedAt: this.clock.now(),
        });
      }
    });
  }

  /** Forgets the credentials; nothing happens where there are none. */
  async byAdmin(actor: string, installationId: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const row = await this.hold(tx, installationId);
      const marks = await this.secrets.marks(installationId, tx.manager);
      const hadTokens = await this.connections.end(tx, installationId);
      if (!row || (!hadTokens && !marks.some(({ kind }) => kind === 'lever_api_key'))) return;
      await this.secrets.replace(tx, installationId, 'lever_api_key', null);
      await this.disconnect(tx, row, { actor, reason: 'by_admin', refusedAt: null });
    });
  }

  /** Lever takes an API key again that it refused; nothing happens when there is another by now. */
  async regainedByApiKey(actor: string, installationId: string, apiKey: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const row = await this.hold(tx, installationId);
      const stored = await this.storedKey(tx, installationId);
      if (!row || row.leverRefusedAt === null || stored !== apiKey) return;
      await tx.manager.update(
        InstallationRow,
        { id: row.id },
        { leverRefusedAt: null, updatedAt: this.clock.now() },
      );
      this.changes.announce(tx, row.id);
      await this.jobs.send(tx, releaseWaiting, { installationId });
      await this.audit.record(tx, {
        action: 'lever.connected',
        data: { by: 'api_key', again: true },
        actor,
        installationId,
        settingsVersion: row.settingsVersion,
      });
    });
  }

  /** Undefined where there is none, or one that cannot be opened. */
  private async storedKey(tx: Transaction, installationId: string): Promise<string | undefined> {
    const { secrets } = await this.secrets.openReadable(installationId, 'lever_api_key', tx.manager);
    return [...secrets.values()][0];
  }

  /** Not the key: who adds a secret meanwhile, and holds the connection, need not wait for this. */
  private async hold(tx: Transaction, id: string): Promise<InstallationRow | null> {
    return tx.manager.findOne(InstallationRow, { where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  private async disconnect(
    tx: Transaction,
    row: InstallationRow,
    { actor, reason, refusedAt }: { actor: string; reason: string; refusedAt: Date | null },
  ): Promise<void> {
    await tx.manager.update(
      InstallationRow,
      { id: row.id },
      { state: 'disconnected', leverRefusedAt: refusedAt, updatedAt: this.clock.now() },
    );
    this.changes.announce(tx, row.id);
    tx.afterCommit(() =>
      this.logger.warn(
        { installationId: row.id, reason },
        'an installation lost its access to Lever: nothing is ordered for it until it is connected again',
      ),
    );
    await this.audit.record(tx, {
      action: 'installation.disconnected',
      data: { from: row.state, reason },
      actor,
      installationId: row.id,
      settingsVersion: row.settingsVersion,
    });
  }
}
