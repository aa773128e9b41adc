import type { FastifyInstance } from 'fastify';

/** A body that is not JSON. Each vendor answers it in its own words. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

/** Reads JSON bodies as both vendors do: an empty body is no body, whatever its content type says. */
export function readJsonBodies(scope: FastifyInstance): void {
  scope.removeContentTypeParser('application/json');
  parseAsJson(scope, 'application/json');
}

/** Reads every body as JSON, so that a `curl -d` needs no header. */
export function readAnyBodyAsJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  parseAsJson(scope, '*');
}

function parseAsJson(scope: FastifyInstance, contentType: string): void {
  scope.addContentTypeParser(contentType, { parseAs: 'string' }, (_request, body, done) => {
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    try {
      done(null, JSON.parse(body.toString()));
    } catch {
      done(new UnreadableBody('The body is not JSON.'));
    }
  });
}
