import type { RequestFate, UpstreamFailure } from '../errors/upstream-error.js';
import { OutgoingRefused } from './outgoing-hosts.js';
import { UnusableId } from './route.js';
import { NotBegun } from './unless-too-late.js';
import { NeverConnected, codeOf } from './vendor-connector.js';

export interface CallFailure {
  failure: UpstreamFailure;
  fate: RequestFate;
  code?: string;
}

/** The answer is longer than we are willing to read. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  readonly code = 'answer_too_large';
}

/**
 * What an HTTP status that is not 2xx means (F2). A 5xx may have come after the work was done, a 429 is
 * given before any. 408 says that the vendor did not get the request in time, which is nobody's mistake.
 */
export function failureOfStatus(status: number): CallFailure {
  if (status === 401 || status === 403) return { failure: 'unauthorized', fate: 'answered' };
  if (status === 408) return { failure: 'timed_out', fate: 'unknown' };
  if (status === 429) return { failure: 'rate_limited', fate: 'answered' };
  if (status >= 400 && status < 500) return { failure: 'rejected', fate: 'answered' };
  if (status >= 500 && status < 600) return { failure: 'unavailable', fate: 'unknown' };
  return { failure: 'malformed', fate: 'unknown' };
}

/** What it means that a call ended without an answer that could be read (F2). */
export function failureOfError(error: unknown, pastDeadline: boolean): CallFailure {
  const code = codeOf(error);
  if (error instanceof UnusableId) return { failure: 'rejected', fate: 'not_sent', code: 'unusable_id' };
  if (error instanceof OutgoingRefused) return { failure: 'unreachable', fate: 'not_sent', code };
  if (error instanceof NeverConnected) return { failure: 'unreachable', fate: 'not_sent', code };
  if (error instanceof NotBegun) return { failure: 'timed_out', fate: 'not_sent', code };
  if (pastDeadline) return { failure: 'timed_out', fate: 'unknown' };
  if (error instanceof AnswerTooLarge || (error instanceof Error && error.name === 'HTTPParserError')) {
    return { failure: 'malformed', fate: 'unknown', code };
  }
  // Of all that a request is made of, only a pasted credential can hold what HTTP cannot carry.
  if (code === 'UND_ERR_INVALID_ARG') return { failure: 'unauthorized', fate: 'not_sent', code };
  return { failure: 'unreachable', fate: 'unknown', code };
}
