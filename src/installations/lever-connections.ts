import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThan, LessThanOrEqual, type EntityManager } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import { Clock } from '../platform/clock.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { InstallationSecrets } from './installation-secrets.js';
import { InstallationRow } from './installation.entity.js';
import { releaseWaiting } from './jobs.js';
import { LeverConnectionRow } from './lever-connection.entity.js';
import type { LeverConnection, LeverTokens } from './lever-connection.js';
import { NotConnected } from './vendor-credentials.js';

/** Longer than an exchange of tokens may take, so that a turn is taken over only from a process that is gone, or stands still. */
export const TURN_SECONDS = 60;

/** The pauses between tries that failed grow from one second to this. */
const LONGEST_PAUSE_SECONDS = 300;

/**
 * - a refresh token: it is this caller's turn to exchange it, until then.
 * - `taken`: another process is at it.
 * - `paused`: the last try failed a moment ago.
 * - `moved_on`: there is another pair of tokens by now, or none.
 */
export type Turn =
  | { kind: 'mine'; refreshToken: string; until: Date }
  | { kind: 'taken' }
  | { kind: 'paused' }
  | { kind: 'moved_on' };

/** Whose turn it is: another that took it over has another end of it. */
export interface OwnTurn {
  generation: number;
  until: Date;
}

/**
 * OAuth connections to Lever. Whoever changes one holds its row; nobody holds it while Lever is asked. Why turns and
 * generations: docs/adr/0006.
 */
@Injectable()
export class LeverConnections {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly secrets: InstallationSecrets,
    private readonly audit: AuditTrail,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  /** Also one that is over; null when there never was one. */
  find(
    installationId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<LeverConnection | null> {
    return manager.findOneBy(LeverConnectionRow, { installationId });
  }

  /** Those of many installations at once. */
  findAll(installationIds: readonly string[]): Promise<LeverConnection[]> {
    return this.dataSource.manager.findBy(LeverConnectionRow, { installationId: In(installationIds) });
  }

  /** Null when the connection is over. @throws NotConnected when it cannot be opened */
  async accessToken(installationId: string): Promise<string | null> {
    return (await this.openToken(installationId, 'lever_access_token')) ?? null;
  }

  private async openToken(
    installationId: string,
    kind: 'lever_access_token' | 'lever_refresh_token',
    manager?: EntityManager,
  ): Promise<string | undefined> {
    const { secrets, unreadable } = await this.secrets.openReadable(installationId, kind, manager);
    if (unreadable) throw new NotConnected(installationId, 'Lever', 'unreadable');
    return [...secrets.values()][0];
  }

  /**
   * Live connections whose tokens were last exchanged before, those first that were tried longest ago: where many fail again
   * and again they keep no others from their turn.
   */
  notRefreshedSince(before: Date, limit: number): Promise<LeverConnection[]> {
    return this.dataSource.manager.find(LeverConnectionRow, {
      where: { endedAt: IsNull(), refreshedAt: LessThan(before) },
      order: { refreshBlockedUntil: 'ASC', refreshedAt: 'ASC' },
      take: limit,
    });
  }

  /** Live connections whose consent was given until then, the oldest first. */
  connectedUntil(until: Date, limit: number): Promise<LeverConnection[]> {
    return this.dataSource.manager.find(LeverConnectionRow, {
      where: { endedAt: IsNull(), connectedAt: LessThanOrEqual(until) },
      order: { connectedAt: 'ASC' },
      take: limit,
    });
  }

  /**
   * Keeps a new consent; it takes the place of whatever the installation was connected with.
   * @returns false, and nothing changes, when the installation belongs to another Lever account
   */
  async connect(
    actor: string,
    installationId: string,
    grant: LeverTokens & Pick<LeverConnection, 'accountId' | 'scopes'>,
  ): Promise<boolean> {
    const now = this.clock.now();
    return this.transactions.run(async (tx) => {
      await tx.manager.query('SELECT 1 FROM installations WHERE id = $1 FOR NO KEY UPDATE', [installationId]);
      const before = await this.hold(tx, installationId);
      if (before?.accountId && grant.accountId && before.accountId !== grant.accountId) return false;
      await tx.manager.upsert(
        LeverConnectionRow,
        {
          installationId,
          accountId: grant.accountId ?? before?.accountId ?? null,
          scopes: grant.scopes,
          connectedAt: now,
          refreshedAt: now,
          accessExpiresAt: grant.accessExpiresAt,
          endedAt: null,
          generation: (before?.generation ?? 0) + 1,
          refreshing: false,
          refreshBlockedUntil: new Date(0),
          refreshFailures: 0,
        },
        ['installationId'],
      );
      await this.seal(tx, installationId, grant);
      await this.secrets.replace(tx, installationId, 'lever_api_key', null);
      await tx.manager.update(
        InstallationRow,
        { id: installationId },
        { leverRefusedAt: null, updatedAt: now },
      );
      await this.jobs.send(tx, releaseWaiting, { installationId });
      await this.audit.record(tx, {
        action: 'lever.connected',
        data: { by: 'oauth', again: before !== null },
        actor,
        installationId,
      });
      return true;
    });
  }

  /** Asks for the turn to exchange the refresh token of a generation. @throws NotConnected when that cannot be opened */
  takeTurn(installationId: string, generation: number): Promise<Turn> {
    return this.transactions.run(async (tx) => {
      const row = await this.hold(tx, installationId);
      if (!row || row.endedAt !== null || row.generation !== generation) return { kind: 'moved_on' };
      // By the database's clock: all replicas mean the same moment. As exact as a `Date`, to know the turn again by.
      const [taken] = await tx.manager.query<[{ until: Date }[], number]>(
        `UPDATE lever_connections
         SET refreshing = true,
             refresh_blocked_until = date_trunc('milliseconds', clock_timestamp()) + $2 * interval '1 second'
         WHERE installation_id = $1 AND refresh_blocked_until <= clock_timestamp()
         RETURNING refresh_blocked_until AS until`,
        [installationId, TURN_SECONDS],
      );
      const until = taken[0]?.until;
      if (until === undefined) return { kind: row.refreshing ? 'taken' : 'paused' };
      const refreshToken = await this.openToken(installationId, 'lever_refresh_token', tx.manager);
      return refreshToken === undefined ? { kind: 'moved_on' } : { kind: 'mine', refreshToken, until };
    });
  }

  /** Keeps the pair that came for a generation; a consent that was given meanwhile is newer and stays. */
  async keep(installationId: string, generation: number, tokens: LeverTokens): Promise<void> {
    await this.transactions.run(async (tx) => {
      const row = await this.hold(tx, installationId);
      if (row?.generation !== generation || row.endedAt !== null) return;
      await tx.manager.update(
        LeverConnectionRow,
        { installationId },
        {
          refreshedAt: this.clock.now(),
          accessExpiresAt: tokens.accessExpiresAt,
          generation: generation + 1,
          refreshing: false,
          refreshBlockedUntil: () => 'clock_timestamp()',
          refreshFailures: 0,
        },
      );
      await this.seal(tx, installationId, tokens);
    });
  }

  /**
   * Gives the turn back after a failure that says nothing about the tokens; the next try has to wait a little. One that was
   * taken over meanwhile is another's, who may have presented the refresh token: it stays.
   */
  async giveBack(installationId: string, { generation, until }: OwnTurn): Promise<void> {
    await this.dataSource.query(
      `UPDATE lever_connections
       SET refreshing = false, refresh_failures = refresh_failures + 1,
           refresh_blocked_until =
             clock_timestamp() + least($3, power(2, least(refresh_failures, 20))) * interval '1 second'
       WHERE installation_id = $1 AND generation = $2 AND refreshing AND refresh_blocked_until = $4`,
      [installationId, generation, LONGEST_PAUSE_SECONDS, until],
    );
  }

  /**
   * Forgets the tokens.
   * @param only those of that generation, and, if it is told, in that turn alone
   * @returns false, and nothing changes, when it is another by now
   */
  async end(
    tx: Transaction,
    installationId: string,
    only?: Pick<OwnTurn, 'generation'> & Partial<OwnTurn>,
  ): Promise<boolean> {
    const row = await this.hold(tx, installationId);
    if (!row || row.endedAt !== null) return false;
    if (only && row.generation !== only.generation) return false;
    if (only?.until && row.refreshBlockedUntil.getTime() !== only.until.getTime()) return false;
    await tx.manager.update(
      LeverConnectionRow,
      { installationId },
      { endedAt: this.clock.now(), generation: row.generation + 1, refreshing: false },
    );
    await this.secrets.replace(tx, installationId, 'lever_access_token', null);
    await this.secrets.replace(tx, installationId, 'lever_refresh_token', null);
    return true;
  }

  private hold(tx: Transaction, installationId: string): Promise<LeverConnectionRow | null> {
    return tx.manager.findOne(LeverConnectionRow, {
      where: { installationId },
      lock: { mode: 'pessimistic_write' },
    });
  }

  private async seal(tx: Transaction, installationId: string, tokens: LeverTokens): Promise<void> {
    await this.secrets.replace(tx, installationId, 'lever_access_token', tokens.accessToken);
    await this.secrets.replace(tx, installationId, 'lever_refresh_token', tokens.refreshToken);
  }
}
