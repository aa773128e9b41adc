import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap, type Observable } from 'rxjs';

/** Says where the next page of a list is, also as a `Link` header (RFC 8288), with the conditions of this one. */
@Injectable()
export class NextPageLink implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return (next.handle() as Observable<unknown>).pipe(
      tap((body) => {
        const cursor = request.method === 'POST' ? null : cursorOf(body);
        if (cursor !== null) void reply.header('link', linkTo(request.url, cursor));
      }),
    );
  }
}

function cursorOf(body: unknown): string | null {
  const cursor = typeof body === 'object' && body !== null && 'nextCursor' in body ? body.nextCursor : null;
  return typeof cursor === 'string' ? cursor : null;
}

function linkTo(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const params = new URLSearchParams(query);
  params.set('cursor', cursor);
  return `<${path}?${params.toString()}>; rel="next"`;
}
