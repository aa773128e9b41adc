import type { FastifyInstance } from 'fastify';
import { UnreadableBody } from '../json-body.ts';
import { LeverError } from '../lever/lever-errors.ts';

/** What is wrong with a driving request, in one sentence. */
export class DriveError extends Error {
  override readonly name = 'DriveError';
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

export function missing(what: string): DriveError {
  return new DriveError(`There is no such ${what}.`, 404);
}

export function answerDriveErrors(scope: FastifyInstance): void {
  scope.setErrorHandler(async (error, _request, reply) => {
    const message = error instanceof Error ? error.message : String(error);
    return reply.code(statusOf(error)).send({ error: message });
  });
  scope.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({ error: `The driving API has no ${request.method} ${request.url}.` }),
  );
}

function statusOf(error: unknown): number {
  if (error instanceof DriveError || error instanceof LeverError) return error.status;
  if (error instanceof UnreadableBody) return 400;
  const known = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
  return known ? Number(error.statusCode) : 500;
}
