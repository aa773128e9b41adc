import { ANOTHER_ACCOUNT, UpstreamError } from '../../platform/errors/upstream-error.js';

/** Several things of which one that cannot be done keeps none of the others from being done. */
export class Attempts {
  private first: { failure: unknown } | null = null;

  /** @throws at once what would keep all others from being done, too */
  async make(attempt: () => Promise<void>): Promise<void> {
    try {
      await attempt();
    } catch (failure) {
      if (!isOfOneCall(failure)) throw failure;
      this.first ??= { failure };
    }
  }

  /**
   * Something about each of those that are to be found out, which may fail, too.
   * @throws as `make` does
   */
  async makeEach<T>(found: Promise<readonly T[]>, attempt: (one: T) => Promise<void>): Promise<void> {
    await this.make(async () => {
      for (const one of await found) await this.make(() => attempt(one));
    });
  }

  /** @throws the first failure, if there was one */
  demandSuccess(): void {
    if (this.first !== null) throw this.first.failure;
  }
}

/**
 * Whether another call may succeed. A database that is away, or an installation that is not connected, is met by each; so is
 * what kept a call from being sent, unless that is an id that no address can hold.
 */
function isOfOneCall(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  const { failure, details } = error;
  if (failure === 'rejected') return true;
  if (failure === 'rate_limited' || details.fate === 'not_sent') return false;
  return details.status !== 401 && details.code !== ANOTHER_ACCOUNT;
}
