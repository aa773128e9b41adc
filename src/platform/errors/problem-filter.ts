import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { DomainError, type DomainErrorKind } from './domain-error.js';
import type { ProblemDto } from './problem.js';
import { UpstreamError } from './upstream-error.js';
import { vendorProblem } from './vendor-problem.js';

const STATUS_OF_KIND: Record<DomainErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 412,
  precondition_missing: 428,
};

/** Codes and sentences of what the framework refuses before our code sees it. */
const FRAMEWORK_REFUSALS: Record<number, { code: string; detail: string }> = {
  400: { code: 'malformed_request', detail: 'The request cannot be read.' },
  401: { code: 'unauthenticated', detail: 'The request is not authenticated.' },
  404: { code: 'route_not_found', detail: 'There is no such route.' },
  405: { code: 'method_not_allowed', detail: 'The route does not take this method.' },
  413: { code: 'body_too_large', detail: 'The body is larger than 1 MB.' },
  414: { code: 'url_too_long', detail: 'The URL is too long.' },
  415: { code: 'unsupported_media_type', detail: 'The body must be JSON, sent as application/json.' },
};

/** The one place that knows how an error becomes an answer (P1). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.problemOf(error);
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    void reply.status(problem.status).type('application/problem+json').send(problem);
  }

  private problemOf(error: unknown): ProblemDto {
    if (error instanceof DomainError) {
      const status = STATUS_OF_KIND[error.kind];
      return problem(status, error.code, error.message, error.faults);
    }
    if (error instanceof UpstreamError) {
      const { status, code, detail } = vendorProblem(error);
      return problem(status, code, detail);
    }
    const status = statusOf(error);
    const refusal = status === undefined ? undefined : FRAMEWORK_REFUSALS[status];
    if (status !== undefined && status < 500) {
      return problem(status, refusal?.code ?? 'refused', refusal?.detail ?? 'The request is refused.');
    }
    this.logger.error({ err: error }, 'a request failed unexpectedly');
    return problem(500, 'internal_error', 'The service failed. It was logged; try again later.');
  }
}

/** Nest's and Fastify's own errors carry a status; what they say may quote the request, so it is not repeated. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode;
  }
  return undefined;
}

function problem(
  status: number,
  code: string,
  detail: string,
  faults: readonly { path: string; message: string }[] = [],
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
