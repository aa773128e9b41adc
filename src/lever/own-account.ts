import { Inject, Injectable } from '@nestjs/common';
import { InstallationDirectory } from '../installations/installation-directory.js';
import type { Configuration, InstallationState } from '../installations/installation.js';
import { Clock } from '../platform/clock.js';
import { ANOTHER_ACCOUNT, UpstreamError } from '../platform/errors/upstream-error.js';
import { ExpiringCache } from '../platform/http/expiring-cache.js';
import type { LeverAccount } from './lever-account.js';
import { isForbidden, LeverClient } from './lever-client.js';

/** An account does not become another one under the same credentials; stages come and go. */
const OWN = { ttlMs: 10 * 60_000, maxEntries: 5_000 };

/** All that waits for the right credentials asks again and again. */
const ANOTHER = { ttlMs: 30_000, maxEntries: 5_000 };

/** Reads what is to be known of an installation. */
interface Installations {
  find(
    id: string,
  ): Promise<{ state: InstallationState; configuration: Pick<Configuration, 'triggerStageIds'> } | null>;
}

/**
 * That Lever has no such opportunity counts only where the credentials are of the account that the installation is for: a
 * pasted key of another one knows none of its opportunities, and it would seem that all of its candidates are gone. There
 * is no call that names the account; but one that is not it has none of the installation's trigger stages. Nor does it count
 * where not even stages are found.
 */
@Injectable()
export class OwnAccount {
  private readonly own: ExpiringCache<true>;
  private readonly isAnother: ExpiringCache<boolean>;

  constructor(
    private readonly client: LeverClient,
    @Inject(InstallationDirectory) private readonly installations: Installations,
    clock: Clock,
  ) {
    this.own = new ExpiringCache(OWN, clock);
    this.isAnother = new ExpiringCache(ANOTHER, clock);
  }

  /** @throws UpstreamError `unauthorized` with the code `ANOTHER_ACCOUNT`, and what kept the stages from being read */
  async demand(installationId: string, account: LeverAccount): Promise<void> {
    const installation = await this.installations.find(installationId);
    // What a draft names is still being tried out.
    if (!installation || installation.state === 'draft') return;
    const { triggerStageIds } = installation.configuration;
    const key = [account.limitKey, ...triggerStageIds].join(' ');
    if (triggerStageIds.length === 0 || this.own.has(key)) return;
    if (await this.isAnother.get(key, () => this.hasNoneOf(account, triggerStageIds))) throw anotherAccount();
    await this.own.get(key, () => Promise.resolve(true));
  }

  private async hasNoneOf(account: LeverAccount, stageIds: readonly string[]): Promise<boolean> {
    try {
      const stages = await this.client.getStages(account);
      return stages.length > 0 && !stages.some(({ id }) => stageIds.includes(id));
    } catch (error) {
      // Who may not read them is told nothing by them.
      if (isForbidden(error)) return false;
      throw isRejected(error) ? new UpstreamError('unavailable', error.details) : error;
    }
  }
}

/** Each account has stages: it is not Lever that does not know of them, but what stands before it and knows no route. */
const isRejected = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && error.failure === 'rejected';

const anotherAccount = (): UpstreamError =>
  new UpstreamError('unauthorized', {
    vendor: 'Lever',
    operation: 'GET /opportunities/:id',
    fate: 'answered',
    code: ANOTHER_ACCOUNT,
  });
