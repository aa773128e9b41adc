import type { FastifyInstance } from 'fastify';

/** Says where the next page of a list is, also as a `Link` header (RFC 8288), with the conditions of this one. */
export function addNextPageLinks(server: FastifyInstance): void {
  server.addHook('preSerialization', (request, reply, body, done) => {
    const cursor = request.method === 'POST' ? null : cursorOf(body);
    if (cursor !== null) void reply.header('link', linkTo(request.url, cursor));
    done(null, body);
  });
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
