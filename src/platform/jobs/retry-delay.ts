import { UpstreamError } from '../errors/upstream-error.js';
import type { RetryPolicy } from './job-definition.js';

/**
 * When a failed job is tried again, in milliseconds from now; null when its tries are used up (F2).
 * Exponential with full jitter over its upper half, never sooner than the vendor asked.
 * @param attempt the try that failed, from 1
 * @param random from 0 to 1
 */
export function retryDelayMs(
  policy: RetryPolicy,
  error: unknown,
  attempt: number,
  random: number,
): number | null {
  if (policy.maxAttempts !== null && attempt >= policy.maxAttempts) return null;
  const ceiling = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  const jittered = ceiling / 2 + (ceiling / 2) * random;
  const asked = error instanceof UpstreamError ? (error.details.retryAfterMs ?? 0) : 0;
  return Math.round(Math.max(jittered, asked));
}
