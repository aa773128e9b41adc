import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { isDue, type LeverConnection, type LeverTokens } from '../installations/lever-connection.js';
import { LeverConnections, TURN_SECONDS, type OwnTurn } from '../installations/lever-connections.js';
import { LostAccess } from '../installations/lost-access.js';
import { NotConnected, type LeverGrant } from '../installations/vendor-credentials.js';
import { Clock } from '../platform/clock.js';
import { inTime } from '../platform/database/in-time.js';
import { withoutCommitGuard } from '../platform/database/transactions.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { bearerAuthorization } from './lever-account.js';
import { isRefusedGrant, LeverTokenEndpoint, type IssuedTokens } from './lever-token-endpoint.js';

/** How long to wait for another process that refreshes the tokens, and how often to look. */
const LONGEST_WAIT_MS = 25_000;
const LOOK_EVERY_MS = 150;

/**
 * For how long, and how often, it is tried to write down what Lever issued: longer than a database takes to fail over, and
 * so often that it is there, when the database is back, before somebody presents the old refresh token.
 */
const KEEP_FOR_MS = 15 * 60_000;
const KEEP_PAUSE_MS = 250;

/** Whoever asked for an access token does not wait for longer. */
const KEEP_PATIENCE_MS = 7_500;

/** What is not written down yet when the process is told to end has so long. */
const LAST_PATIENCE_MS = 20_000;

/** Code of a call that was not made, for the tokens could not be renewed just now. */
const NO_TOKEN = 'no_access_token';

/**
 * Keeps the tokens of OAuth connections fresh: one exchange at a time for an installation, on all replicas, and
 * nothing in the database is held meanwhile (I4, ADR 6).
 */
@Injectable()
export class LeverTokenKeeper implements BeforeApplicationShutdown {
  /** Callers in this process wait for one and the same exchange. */
  private readonly underWay = new Map<string, Promise<void>>();
  /** Of what Lever issued, and is not written down yet, by whose place it takes. None rejects. */
  private readonly keeping = new Map<string, Promise<void>>();
  private readonly logger = new Logger(LeverTokenKeeper.name);

  constructor(
    private readonly connections: LeverConnections,
    private readonly lostAccess: LostAccess,
    private readonly endpoint: LeverTokenEndpoint,
    private readonly clock: Clock,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([
      Promise.all(this.keeping.values()),
      pause(LAST_PATIENCE_MS, undefined, { ref: false }),
    ]);
  }

  /**
   * An access token that is good for some minutes.
   * @param grant as it is remembered; when it is due, what other processes made of it meanwhile is looked for
   * @throws NotConnected, UpstreamError
   */
  async current({ connection, accessToken }: LeverGrant): Promise<string> {
    const now = this.clock.now();
    if (isDue(connection, now)) {
      try {
        await this.renew(connection);
      } catch (error) {
        // Early is early: what there is is good until it ends.
        if (!(error instanceof UpstreamError) || connection.accessExpiresAt <= now) throw error;
      }
    } else if (accessToken !== null) {
      return accessToken;
    }
    return this.token(connection.installationId);
  }

  /**
   * An access token after Lever refused one.
   * @param refused the `Authorization` header that was refused
   * @throws NotConnected, UpstreamError
   */
  async otherThan(installationId: string, refused: string): Promise<string> {
    // In this order: the pair that is renewed is not newer than the token that is compared.
    const connection = await this.live(installationId);
    const token = await this.token(installationId);
    if (bearerAuthorization(token) !== refused) return token;
    await this.renew(connection);
    return this.token(installationId);
  }

  /** Lever refused also the newest access token: access is lost. */
  async lost(installationId: string, refused: string): Promise<void> {
    const connection = await this.live(installationId);
    const token = await this.token(installationId);
    if (bearerAuthorization(token) !== refused) return;
    await withoutCommitGuard(() =>
      this.lostAccess.byTokens(installationId, connection, 'access_token_refused'),
    );
  }

  /** Exchanges tokens that were not exchanged since, so that they do not die of disuse. @throws UpstreamError */
  async keepAlive(installationId: string, since: Date): Promise<void> {
    const connection = await this.connections.find(installationId);
    if (!connection || connection.endedAt !== null || connection.refreshedAt >= since) return;
    await this.renew(connection);
  }

  private async live(installationId: string): Promise<LeverConnection> {
    const connection = await this.connections.find(installationId);
    if (connection?.endedAt === null) return connection;
    throw new NotConnected(installationId, 'Lever', 'refused');
  }

  private async token(installationId: string): Promise<string> {
    const token = await this.connections.accessToken(installationId);
    if (token === null) throw new NotConnected(installationId, 'Lever', 'refused');
    return token;
  }

  /** Returns when there is another pair than the one given, made by whomever. */
  private async renew({ installationId, generation }: LeverConnection): Promise<void> {
    const key = keyOf(installationId, generation);
    const running =
      this.underWay.get(key) ??
      // Several callers wait for it, and none of them asked for it.
      withoutCommitGuard(() => this.takePart(installationId, generation));
    this.underWay.set(key, running);
    try {
      await running;
    } finally {
      this.underWay.delete(key);
    }
  }

  private async takePart(installationId: string, generation: number): Promise<void> {
    // The turn may be over by now, and the refresh token that is written down is used up.
    const kept = this.keeping.get(keyOf(installationId, generation));
    if (kept) return this.patiently(kept);
    const giveUpAt = performance.now() + LONGEST_WAIT_MS;
    for (;;) {
      // Counted by the clock of this process from before it is written down: it ends no later than others think.
      const endsBy = new Date(this.clock.now().getTime() + TURN_SECONDS * 1_000);
      const turn = await this.connections.takeTurn(installationId, generation);
      if (turn.kind === 'moved_on') return;
      if (turn.kind === 'mine') {
        const { refreshToken, until } = turn;
        if (await this.exchange(installationId, { generation, until }, { refreshToken, endsBy })) return;
        // Of what became of it the next look tells.
      } else if (turn.kind === 'paused' || performance.now() > giveUpAt) {
        throw noToken();
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  /** @returns false when Lever refused what another has in hand by now, or is not in use any more */
  private async exchange(
    installationId: string,
    turn: OwnTurn,
    { refreshToken, endsBy }: { refreshToken: string; endsBy: Date },
  ): Promise<boolean> {
    let issued: IssuedTokens;
    try {
      issued = await this.endpoint.refresh(refreshToken, endsBy);
    } catch (error) {
      if (isRefusedGrant(error)) {
        if (!(await this.lostAccess.byTokens(installationId, turn, 'refresh_refused'))) return false;
        throw new NotConnected(installationId, 'Lever', 'refused');
      }
      await this.connections.giveBack(installationId, turn);
      throw error;
    }
    // Nothing comes between the answer and this: a process that dies here loses the new refresh token.
    await this.keep(installationId, turn.generation, {
      accessToken: issued.accessToken,
      refreshToken: issued.refreshToken ?? refreshToken,
      accessExpiresAt: new Date(this.clock.now().getTime() + issued.expiresInSeconds * 1_000),
    });
    return true;
  }

  /** The only copy there is: a database that is away for minutes must not cost it. @throws UpstreamError long before that */
  private async keep(installationId: string, generation: number, tokens: LeverTokens): Promise<void> {
    const key = keyOf(installationId, generation);
    const keeping = this.keepTrying(installationId, generation, tokens);
    this.keeping.set(key, keeping);
    void keeping.then(() => this.keeping.delete(key));
    await this.patiently(keeping);
  }

  /** @throws UpstreamError */
  private async patiently(keeping: Promise<void>): Promise<void> {
    await inTime(keeping, KEEP_PATIENCE_MS).catch(() => {
      throw noToken();
    });
  }

  private async keepTrying(installationId: string, generation: number, tokens: LeverTokens): Promise<void> {
    const giveUpAt = performance.now() + KEEP_FOR_MS;
    for (let attempt = 1; performance.now() < giveUpAt; attempt++) {
      try {
        await this.connections.keep(installationId, generation, tokens);
        return;
      } catch (error) {
        if (attempt === 1) {
          this.logger.error({ err: error, installationId }, 'new tokens of Lever are not written down yet');
        }
      }
      await pause(KEEP_PAUSE_MS);
    }
    this.logger.error({ installationId }, 'new tokens of Lever could not be written down');
  }
}

const keyOf = (installationId: string, generation: number): string => `${installationId} ${generation}`;

const noToken = (): UpstreamError =>
  new UpstreamError('unavailable', {
    vendor: 'Lever',
    operation: 'POST /oauth/token',
    fate: 'not_sent',
    code: NO_TOKEN,
  });
