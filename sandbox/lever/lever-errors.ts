import type { FastifyInstance } from 'fastify';
import { UnreadableBody } from '../json-body.ts';

/**
 * Lever's error codes by status. `BadRequestError` (observed) and `ResourceNotFound` (documented) are known;
 * the others are guessed from restify's naming.
 */
const CODES: Record<number, string> = {
  400: 'BadRequestError',
  401: 'UnauthorizedError',
  403: 'ForbiddenError',
  404: 'ResourceNotFound',
  413: 'PayloadTooLargeError',
  415: 'UnsupportedMediaTypeError',
  422: 'UnprocessableEntityError',
  429: 'TooManyRequestsError',
};

/** A refusal in Lever's envelope `{code, message}`. */
export class LeverError extends Error {
  override readonly name = 'LeverError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function notFound(what: string, id: string): LeverError {
  return new LeverError(404, `${what} ${id} was not found`);
}

export function answerLeverErrors(scope: FastifyInstance): void {
  scope.setErrorHandler(async (error, _request, reply) => {
    const status = statusOf(error);
    const message = error instanceof Error ? error.message : 'Unknown error';
    return reply.code(status).send({ code: CODES[status] ?? 'InternalServerError', message });
  });
  scope.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({ code: CODES[404], message: `${request.url} does not exist` }),
  );
}

function statusOf(error: unknown): number {
  if (error instanceof LeverError) return error.status;
  if (error instanceof UnreadableBody) return 400;
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode;
  }
  return 500;
}
