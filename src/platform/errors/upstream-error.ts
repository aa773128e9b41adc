/** The closed set of ways in which a call to a vendor can fail (spec F2). */
export const UPSTREAM_FAILURES = [
  'unreachable',
  'timed_out',
  'rate_limited',
  'unavailable',
  'unauthorized',
  'rejected',
  'malformed',
] as const;
export type UpstreamFailure = (typeof UPSTREAM_FAILURES)[number];

/**
 * - `not_sent`: the vendor cannot have acted on the request (no connection, refused before work).
 * - `unknown`: the request may have been carried out; look before repeating what cannot be repeated.
 * - `answered`: the vendor answered and, by its answer, did not carry it out.
 */
export type RequestFate = 'not_sent' | 'unknown' | 'answered';

export interface UpstreamErrorDetails {
  vendor: string;
  /** What was attempted, as method and route template, e.g. `POST /opportunities/:id/notes`; never ids of people. */
  operation: string;
  fate: RequestFate;
  /** HTTP status, when there was an answer. */
  status?: number;
  /** The vendor's own error code, e.g. `VALIDATION_EXCEPTION`; without an answer what kept the call from one, e.g. `ENOTFOUND`. */
  code?: string;
  /** Faults by field name as the vendor gave them; only their names and texts, never values sent. */
  fields?: Record<string, string[]>;
  /** The vendor's sentence. May quote what was sent: show it to people in Lever, never log it. */
  vendorMessage?: string;
  /** What the credentials must be allowed to do for this call, in the vendor's own words. */
  permission?: string;
  /** How long the vendor asked us to wait. */
  retryAfterMs?: number;
}

/** Code of a call that was not made because the service is paused. */
export const SERVICE_PAUSED = 'service_paused';

/** Code of a call that was sent on to another host, or round in circles: calls go to configured hosts only (A6). */
export const SENT_ELSEWHERE = 'sent_elsewhere';

/** Code of a call whose credentials are of another account than the one that is meant. */
export const ANOTHER_ACCOUNT = 'another_account';

/** How OAuth servers say that they refuse this program, and not what was granted to it (RFC 6749, 5.2). */
export const CLIENT_REFUSED: ReadonlySet<string | undefined> = new Set([
  'invalid_client',
  'unauthorized_client',
]);

/** A call to a vendor that did not succeed. Its `message` holds no personal data and may be logged. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';

  constructor(
    readonly failure: UpstreamFailure,
    readonly details: UpstreamErrorDetails,
  ) {
    // A vendor's own code is its text, and may be anything.
    const reason = details.status === undefined ? details.code : `HTTP ${details.status}`;
    const why = reason === undefined ? '' : ` (${reason})`;
    super(`${details.vendor}: ${details.operation} ${failure.replace('_', ' ')}${why}`);
  }
}
