import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { databaseUnavailable } from '../database/in-time.js';
import { isDatabaseAway } from '../database/database-away.js';
import { DomainError, type DomainErrorKind } from './domain-error.js';
import { PROBLEM_TYPE, problemOf, refusalOf } from './problem-of.js';
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
  unprocessable: 422,
  throttled: 429,
  unavailable: 503,
};

/** The one place that knows how an error becomes an answer (P1). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { id } = host.switchToHttp().getRequest<FastifyRequest>();
    const isAway = isDatabaseAway(thrown);
    if (isAway)
      this.logger.error({ err: thrown, requestId: id }, 'a request failed, for the database is away');
    const error = isAway ? databaseUnavailable() : thrown;
    const problem = this.problemFor(error, id);
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    const retryAfter = retryAfterSeconds(error);
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    void reply.status(problem.status).type(PROBLEM_TYPE).send(problem);
  }

  private problemFor(error: unknown, requestId: string): ProblemDto {
    if (error instanceof DomainError) {
      const status = STATUS_OF_KIND[error.kind];
      const { allowedStatuses } = error.more;
      const problem = problemOf(status, error.code, error.message, error.faults);
      return allowedStatuses ? Object.assign(problem, { allowedStatuses: [...allowedStatuses] }) : problem;
    }
    if (error instanceof UpstreamError) {
      const { status, code, detail } = vendorProblem(error);
      return problemOf(status, code, detail);
    }
    const status = statusOf(error);
    if (status !== undefined && status < 500) return refusalOf(status);
    this.logger.error({ err: error, requestId }, 'a request failed unexpectedly');
    return problemOf(500, 'internal_error', 'The service failed. It was logged; try again later.');
  }
}

/** When asking again makes sense, where that is known: by a vendor's word, or by ours. */
function retryAfterSeconds(error: unknown): number | undefined {
  if (error instanceof DomainError) return error.more.retryAfterSeconds;
  if (!(error instanceof UpstreamError) || error.details.retryAfterMs === undefined) return undefined;
  return Math.max(1, Math.ceil(error.details.retryAfterMs / 1_000));
}

/** Nest's and Fastify's own errors carry a status; what they say may quote the request, so it is not repeated. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode;
  }
  return undefined;
}
