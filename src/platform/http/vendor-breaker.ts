import {
  circuitBreaker,
  CircuitState,
  DelegateBackoff,
  handleWhen,
  isBrokenCircuitError,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { UpstreamError, type UpstreamFailure } from '../errors/upstream-error.js';
import { TOO_LATE } from './unless-too-late.js';

/** Failures that say the vendor is down, and nothing about what was asked of it. */
const OUTAGE: ReadonlySet<UpstreamFailure> = new Set(['unreachable', 'timed_out', 'unavailable']);

/** In a row, without any other answer between them. */
const FAILURES_TO_OPEN = 5;
/** When all of them are of one operation: it may be that operation that is slow or broken, and not the vendor. */
const FAILURES_OF_ONE_OPERATION_TO_OPEN = 10;

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
/** While the one call that tries is under way. */
const PROBE_MS = 1_000;

/** Not sent: the breaker is open. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';

  constructor(readonly retryAfterMs: number) {
    super('the breaker is open');
  }
}

export type BreakerState = 'closed' | 'open' | 'half_open';

const STATES: Record<CircuitState, BreakerState> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  // Held open by hand, which nobody does here.
  [CircuitState.Isolated]: 'open',
};

/**
 * Stops calls to one account while its vendor is down; then lets one call through, and all when that one is
 * answered (F4). An answer is an answer, also a refusal. Why it is built so: docs/adr/0009.
 */
export class VendorBreaker {
  /** The operations that failed in a row. */
  private readonly failed: string[] = [];
  private readonly policy: CircuitBreakerPolicy;
  private triesAgainAt = 0;

  /** @param random from 0 to below 1 */
  constructor(random: () => number = Math.random) {
    this.policy = circuitBreaker(handleWhen(isOutage), {
      breaker: {
        state: null,
        success: () => undefined,
        failure: () => this.isDown(),
      },
      halfOpenAfter: new DelegateBackoff(({ attempt }) => {
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
        const jitteredMs = Math.round((pauseMs / 2) * (1 + random()));
        this.triesAgainAt = Date.now() + jitteredMs;
        return jitteredMs;
      }),
    });
  }

  get state(): BreakerState {
    return STATES[this.policy.state];
  }

  /** Nothing is known against the vendor. */
  get isQuiet(): boolean {
    return this.state === 'closed' && this.failed.length === 0;
  }

  /** It is open for longer than any pause lasts. */
  get isBeyondItsPause(): boolean {
    return this.state === 'open' && this.triesAgainAt - Date.now() > LONGEST_PAUSE_MS;
  }

  /** @throws BreakerOpen when a call would not be let through now */
  check(): void {
    if (this.state === 'half_open') throw new BreakerOpen(PROBE_MS);
    const waitMs = this.triesAgainAt - Date.now();
    if (this.state === 'open' && waitMs > 0) throw new BreakerOpen(waitMs);
  }

  /**
   * Makes the call unless the breaker is open.
   * @param operation method and route template
   * @throws BreakerOpen, and what the call throws
   */
  async run<T>(operation: string, call: () => Promise<T>): Promise<T> {
    this.check();
    const counted = async (): Promise<T> => {
      try {
        const answer = await call();
        this.failed.length = 0;
        return answer;
      } catch (error) {
        if (isOutage(error)) this.failed.push(operation);
        else this.failed.length = 0;
        throw error;
      }
    };
    try {
      return await this.policy.execute(counted);
    } catch (error) {
      // Its clock was read a moment after ours.
      throw isBrokenCircuitError(error) ? new BreakerOpen(PROBE_MS) : error;
    }
  }

  private isDown(): boolean {
    const isOneOperation = new Set(this.failed).size === 1;
    return this.failed.length >= (isOneOperation ? FAILURES_OF_ONE_OPERATION_TO_OPEN : FAILURES_TO_OPEN);
  }
}

/** What we did not begin, for we stood still ourselves, says nothing about the vendor. */
const isOutage = (error: unknown): boolean =>
  error instanceof UpstreamError && OUTAGE.has(error.failure) && error.details.code !== TOO_LATE;
