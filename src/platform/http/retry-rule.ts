import type { UpstreamError } from '../errors/upstream-error.js';

export interface RetryRule {
  /** Attempts in all, the first one included. */
  maxAttempts: number;
  /** The longest wait after the first attempt; doubled with each further one. */
  firstDelayMs: number;
  maxDelayMs: number;
  /** Between attempts that a person has to help: a credential to mend, an address to allow. */
  unauthorizedDelayMs: number;
  /** A vendor that asks for a longer pause is asked again after this one. */
  maxRetryAfterMs: number;
}

export const DEFAULT_RETRY_RULE: RetryRule = {
  maxAttempts: 12,
  firstDelayMs: 1_000,
  maxDelayMs: 5 * 60_000,
  unauthorizedDelayMs: 3 * 60_000,
  maxRetryAfterMs: 60 * 60_000,
};

export type NextAttempt =
  { retry: true; delayMs: number } | { retry: false; reason: 'rejected' | 'attempts_used_up' };

/**
 * Whether and when a failed call is made again (F2).
 * @param attempt the one that failed, from 1
 * @param random from 0 to below 1
 */
export function nextAttempt(
  { failure, details }: Pick<UpstreamError, 'failure' | 'details'>,
  attempt: number,
  random: number,
  rule: RetryRule = DEFAULT_RETRY_RULE,
): NextAttempt {
  // The same request will be refused again.
  if (failure === 'rejected') return { retry: false, reason: 'rejected' };
  if (attempt >= rule.maxAttempts) return { retry: false, reason: 'attempts_used_up' };

  const backoffMs = random * Math.min(rule.maxDelayMs, rule.firstDelayMs * 2 ** (attempt - 1));
  // Not before we are told to, and not all at that same moment.
  if (details.retryAfterMs !== undefined) {
    return after(Math.min(details.retryAfterMs, rule.maxRetryAfterMs) + backoffMs);
  }
  // Until a person has mended it, asking often is of no use (S3).
  if (failure === 'unauthorized') return after(rule.unauthorizedDelayMs * (1 + random));
  return after(backoffMs);
}

const after = (delayMs: number): NextAttempt => ({ retry: true, delayMs: Math.round(delayMs) });
