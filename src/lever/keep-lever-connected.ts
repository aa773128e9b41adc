import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { standingOf, warnedIfConnectedUntil } from '../installations/lever-connection.js';
import { LeverConnections } from '../installations/lever-connections.js';
import { NotConnected } from '../installations/vendor-credentials.js';
import { Clock } from '../platform/clock.js';
import { Transactions } from '../platform/database/transactions.js';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import { keepLeverConnected, refreshLeverTokens, type RefreshLeverTokensJob } from './jobs.js';
import { LeverTokenKeeper } from './lever-token-keeper.js';

const HOUR_MS = 3_600_000;
const ROUND_SECONDS = 6 * 3_600;

/** With a round every six hours that is at least once a week; Lever forgets a refresh token after 90 days. */
const IDLE_MS = 6 * 24 * HOUR_MS;

/** In one round; what is left is taken by the next ones, long before it is late. */
const MOST = 1_000;

/** Has idle OAuth connections refreshed, of installations that are paused or quiet too, and tells which end soon (I4). */
@Handles(keepLeverConnected)
@Injectable()
export class KeepLeverConnected implements JobHandler<object>, OnApplicationBootstrap {
  private readonly logger = new Logger(KeepLeverConnected.name);

  constructor(
    private readonly connections: LeverConnections,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.sendEvery(keepLeverConnected, {}, ROUND_SECONDS);
  }

  async handle(): Promise<void> {
    const idle = await this.connections.notRefreshedSince(idleSince(this.clock), MOST);
    const jobs = idle.map(({ installationId }) => ({ installationId }));
    await this.transactions.run((tx) => this.jobs.sendAll(tx, refreshLeverTokens, jobs));
    await this.tellWhatEnds();
  }

  /** For whoever reads logs and no installations. */
  private async tellWhatEnds(): Promise<void> {
    const now = this.clock.now();
    for (const ending of await this.connections.connectedUntil(warnedIfConnectedUntil(now), MOST)) {
      const { installationId } = ending;
      const endsAt = standingOf(ending, now)?.expiresAt.toISOString();
      this.logger.warn(
        { installationId, endsAt },
        'the access that Lever granted ends soon: have a Super Admin open a new OAuth link',
      );
    }
  }
}

@Handles(refreshLeverTokens)
@Injectable()
export class RefreshLeverTokens implements JobHandler<RefreshLeverTokensJob> {
  constructor(
    private readonly tokens: LeverTokenKeeper,
    private readonly clock: Clock,
  ) {}

  async handle({ installationId }: RefreshLeverTokensJob): Promise<void> {
    try {
      await this.tokens.keepAlive(installationId, idleSince(this.clock));
    } catch (error) {
      // Refused: the installation is disconnected by now, and only a person can mend it.
      if (!(error instanceof NotConnected)) throw error;
    }
  }
}

const idleSince = (clock: Clock): Date => new Date(clock.now().getTime() - IDLE_MS);
