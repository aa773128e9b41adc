import { STATUS_CODES } from 'node:http';
import type { Fault } from './domain-error.js';
import type { ProblemCode } from './problem-codes.js';
import type { ProblemDto } from './problem.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** A problem document (P1). */
export function problemOf(
  status: number,
  code: ProblemCode,
  detail: string,
  faults: readonly Fault[] = [],
): ProblemDto {
  return {
    type: `urn:lever-victig:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    ...(faults.length > 0 ? { errors: [...faults] } : {}),
  };
}

/** Codes and sentences of what the framework refuses before our code sees it. */
const FRAMEWORK_REFUSALS: Record<number, { code: ProblemCode; detail: string }> = {
  400: { code: 'malformed_request', detail: 'The request cannot be read.' },
  401: { code: 'unauthenticated', detail: 'The request is not authenticated.' },
  404: { code: 'route_not_found', detail: 'There is no such route.' },
  405: { code: 'method_not_allowed', detail: 'The route does not take this method.' },
  408: { code: 'request_timeout', detail: 'The request did not come in time.' },
  413: { code: 'body_too_large', detail: 'The body is larger than 1 MB.' },
  414: { code: 'url_too_long', detail: 'The URL is too long.' },
  415: {
    code: 'unsupported_media_type',
    detail: 'The body must be JSON, sent as application/json and not compressed.',
  },
  431: { code: 'headers_too_large', detail: 'The headers of the request are too large.' },
};

/** What the framework refuses with a 4xx; its own words may quote the request, so they are not repeated. */
export function refusalOf(status: number): ProblemDto {
  const { code, detail } = FRAMEWORK_REFUSALS[status] ?? {
    code: 'refused' as const,
    detail: 'The request is refused.',
  };
  return problemOf(status, code, detail);
}
