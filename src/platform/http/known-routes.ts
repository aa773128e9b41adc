import type { FastifyInstance } from 'fastify';
import { PROBLEM_TYPE, refusalOf } from '../errors/problem-of.js';

/** Which methods each path takes, for answers to those that it does not. */
export class KnownRoutes {
  private readonly routes = new Map<string, { path: RegExp; methods: Set<string> }>();

  /** @param template as the router has it, e.g. `/orders/:id` */
  add(methods: readonly string[], template: string): void {
    const route = this.routes.get(template) ?? { path: patternOf(template), methods: new Set<string>() };
    for (const method of methods) route.methods.add(method);
    this.routes.set(template, route);
  }

  /** In alphabetical order; none for a path that leads nowhere. */
  methodsOf(path: string): string[] {
    const methods = new Set<string>();
    for (const route of this.routes.values()) {
      if (!route.path.test(path)) continue;
      for (const method of route.methods) methods.add(method);
    }
    return methods.size === 0 ? [] : [...methods.add('OPTIONS')].toSorted();
  }
}

function patternOf(template: string): RegExp {
  const segments = template.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    if (segment === '*') return '.*';
    return segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}$`);
}

/**
 * Answers `OPTIONS` and methods that a path does not take with what it does take (RFC 9110, `Allow`); paths that lead
 * nowhere stay 404. To be called before routes are registered.
 */
export function answerOtherMethods(server: FastifyInstance): void {
  const known = new KnownRoutes();
  server.addHook('onRoute', ({ method, url }) => {
    // What takes every path says nothing of any.
    if (url !== '*' && url !== '/*') known.add([method].flat(), url);
  });
  server.addHook('onRequest', (request, reply, done) => {
    const methods = request.is404 ? known.methodsOf(request.url.split('?')[0] ?? '') : [];
    if (methods.length === 0) {
      done();
      return;
    }
    reply.header('allow', methods.join(', '));
    if (request.method === 'OPTIONS') reply.status(204).send();
    else
      reply
        .status(405)
        .type(PROBLEM_TYPE)
        .send(JSON.stringify(refusalOf(405)));
  });
}
