import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../json.ts';
import { UnreadableBody } from '../json-body.ts';

/** A refusal with the body it is answered with. */
export class VictigError extends Error {
  override readonly name = 'VictigError';
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Record<string, string>;

  constructor(status: number, body: JsonObject, headers: Record<string, string> = {}) {
    super(`answers ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function invalid(message: string): VictigError {
  return new VictigError(400, { code: 'VALIDATION_EXCEPTION', message });
}

/** The other form of the same refusal: by field, without a message. */
export function invalidFields(fields: Record<string, string[]>): VictigError {
  return new VictigError(400, { code: 'VALIDATION_EXCEPTION', fields });
}

/** The code of a 404 is guessed: no source shows one. */
export function notFound(what: string): VictigError {
  return new VictigError(404, { code: 'NOT_FOUND', message: `${what} was not found.` });
}

export function answerVictigErrors(scope: FastifyInstance): void {
  scope.setErrorHandler(async (error, _request, reply) => {
    if (error instanceof VictigError) {
      return reply.code(error.status).headers(error.headers).send(error.body);
    }
    // What the gateway or framework refuses has no `code`.
    if (error instanceof UnreadableBody) return reply.code(400).send({ message: 'Invalid request body' });
    const known = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
    const status = known ? Number(error.statusCode) : 500;
    return reply
      .code(status)
      .send({ message: error instanceof Error ? error.message : 'Internal server error' });
  });
  scope.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ message: 'Not Found' }));
}
