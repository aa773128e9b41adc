import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import type { AuthenticatedRequest } from '../access/principal.js';
import { DomainError } from '../errors/domain-error.js';
import { IdempotentRequests, type StoredAnswer } from './idempotent-requests.js';

const IDEMPOTENCY_KEY = 'idempotency-key';

/** Headers of an answer that belong to it. */
const KEPT_HEADERS = ['location', 'etag', 'cache-control'] as const;

/** Carries out a request with an `Idempotency-Key` once (P3). Without the header it does nothing. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly requests: IdempotentRequests) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest & AuthenticatedRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const key = request.headers[IDEMPOTENCY_KEY];
    if (key === undefined) return next.handle() as Observable<unknown>;
    return defer(async () => {
      const boundTo = request.principal?.installationId ?? null;
      const marked = {
        actor: request.principal?.actor ?? '',
        ...(boundTo === null ? {} : { boundTo }),
        key: checked(key),
        method: request.method,
        path: request.url.split('?')[0] ?? '',
        body: request.body,
      };
      const { headers, body, replayed } = await this.requests.once(marked, async () => {
        const answer: unknown = await lastValueFrom(next.handle());
        return { headers: headersOf(reply), body: answer };
      });
      if (replayed) void reply.headers({ ...headers, 'idempotency-replayed': 'true' });
      return body;
    });
  }
}

function headersOf(reply: FastifyReply): StoredAnswer['headers'] {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)]];
  });
  return Object.fromEntries(headers) as StoredAnswer['headers'];
}

function checked(key: string | string[]): string {
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new DomainError(
    'invalid',
    'invalid_idempotency_key',
    'The Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.',
  );
}
