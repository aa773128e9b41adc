import { UpstreamError } from '../errors/upstream-error.js';
import { isPostponed } from '../http/paced-client.js';
import type { RetryPolicy } from './job-definition.js';
import { WaitsForPerson } from './waits-for-person.js';

const UNAUTHORIZED_DELAY_MS = 3 * 60_000;

/** A vendor that asks for a longer pause is asked again after this one. */
const LONGEST_ASKED_MS = 60 * 60_000;

/**
 * How long a refused credential is left alone: until a person has mended it, asking often is of no use. But `Error` is seen to be
 * due only when the work is tried again, so where that is to be soon, the work is (S3).
 */
export const unauthorizedDelayMs = (errorAfterSeconds: number): number =>
  errorAfterSeconds === 0
    ? UNAUTHORIZED_DELAY_MS
    : Math.min(UNAUTHORIZED_DELAY_MS, errorAfterSeconds * 1_000);

/** At least so far apart are those who wait for the same moment. */
const SPREAD_MS = 500;

/** As often as is looked whether a person has made work possible, should nobody hurry it. */
const PERSON_DELAY_MS = 5 * 60_000;

/**
 * Whether a failure uses up a try. A call that we did not make ourselves says nothing about the work (F2, F4), nor does what a
 * person has to make possible first (I6).
 */
export const countsAsTry = (error: unknown): boolean =>
  !isPostponed(error) && !(error instanceof WaitsForPerson);

/**
 * When a failed job is tried again, in milliseconds from now; null when its tries are used up (F2), or of no use.
 * @param attempt the try that failed, from 1
 * @param random from 0 to below 1
 * @param refusedMs as `unauthorizedDelayMs` says
 */
export function retryDelayMs(
  policy: RetryPolicy,
  error: unknown,
  attempt: number,
  random: number,
  refusedMs = UNAUTHORIZED_DELAY_MS,
): number | null {
  if (isPostponed(error)) return postponedMs(error.details.retryAfterMs ?? policy.firstDelayMs, random);
  if (error instanceof WaitsForPerson) return jittered(PERSON_DELAY_MS, random);
  if (policy.maxAttempts !== null && attempt >= policy.maxAttempts) return null;
  // Whoever takes the work up again comes late enough, and tries each job only once.
  if (policy.letGo && isUnauthorized(error)) return null;
  const backoffMs = jittered(Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1)), random);
  if (!(error instanceof UpstreamError)) return backoffMs;
  // Not before we are told to, and not all at that same moment.
  const askedMs = error.details.retryAfterMs;
  if (askedMs !== undefined) return Math.min(askedMs, LONGEST_ASKED_MS) + backoffMs;
  if (isUnauthorized(error)) {
    return Math.max(backoffMs, Math.min(policy.maxDelayMs, jittered(refusedMs, random)));
  }
  return backoffMs;
}

const isUnauthorized = (error: unknown): boolean =>
  error instanceof UpstreamError && error.failure === 'unauthorized';

/** Between half of it and all of it: spread out, but never at once. */
const jittered = (delayMs: number, random: number): number => Math.round((delayMs / 2) * (1 + random));

/** Not before it makes sense, and the longer the wait, the more spread out; waits do not grow. */
const postponedMs = (askedMs: number, random: number): number => {
  const waitMs = Math.min(askedMs, LONGEST_ASKED_MS);
  return Math.round(waitMs + random * Math.max(SPREAD_MS, waitMs / 2));
};
