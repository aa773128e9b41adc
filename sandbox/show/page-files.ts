import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where `npm run build:page` leaves it. */
const BUILT = fileURLToPath(new URL('../page/dist', import.meta.url));

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Nothing is loaded from elsewhere, sent elsewhere, or shown within another site. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const UNBUILT =
  '<!doctype html><html lang="en"><title>Sandbox</title><h1>The page is not built yet</h1><p>Run npm run build:page and load this page again.</p></html>';

/** The page and its few files, compressed where the browser takes it. */
export function pageFiles(scope: FastifyInstance): void {
  scope.get('/', (request, reply) => {
    const file = join(BUILT, 'index.html');
    if (!existsSync(file)) return reply.code(503).headers(HEADERS).type('text/html').send(UNBUILT);
    // Its name stays the same when it changes, unlike those of the files that it names.
    return sendFile(request, reply.header('cache-control', 'no-cache'), file);
  });

  scope.get<{ Params: { name: string } }>('/assets/:name', (request, reply) => {
    const folder = join(BUILT, 'assets');
    // Looked for among what is there, so that no name leads out of the folder.
    const name = existsSync(folder)
      ? readdirSync(folder).find((known) => known === request.params.name)
      : undefined;
    if (name === undefined) return reply.code(404).headers(HEADERS).send({ error: 'There is no such file.' });
    return sendFile(
      request,
      reply.header('cache-control', 'max-age=31536000, immutable'),
      join(folder, name),
    );
  });
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: string): FastifyReply {
  const body = readFileSync(file);
  reply
    .headers(HEADERS)
    .type(TYPES[extname(file)] ?? 'application/octet-stream')
    .header('vary', 'accept-encoding');
  const takesGzip = (request.headers['accept-encoding'] ?? '').includes('gzip');
  return takesGzip ? reply.header('content-encoding', 'gzip').send(gzipSync(body)) : reply.send(body);
}
