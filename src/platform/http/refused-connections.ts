import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_TYPE, refusalOf } from '../errors/problem-of.js';
import { ANSWER_HEADERS } from './answer-headers.js';

/** Answers what the router refuses before any route is found: a broken URL, an over-long parameter (P1, F6). */
export function answerFrameworkError(
  error: Pick<FastifyError, 'statusCode'>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem = refusalOf(error.statusCode ?? 400);
  void reply
    .status(problem.status)
    .headers({ ...ANSWER_HEADERS, 'x-request-id': request.id })
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problem));
}

/** Statuses of what Node's parser refuses; anything else is a request that cannot be read. */
const STATUS_OF_CODE: Partial<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};

/** Answers what is no HTTP, and hangs up: what follows on such a connection cannot be told apart (P1, F6). */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(rawAnswer(STATUS_OF_CODE[error.code ?? ''] ?? 400));
  socket.destroySoon();
}

function rawAnswer(status: number): string {
  const body = JSON.stringify(refusalOf(status));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(ANSWER_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
