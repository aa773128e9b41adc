import { describe, expect, it } from 'vitest';
import { KnownRoutes } from './known-routes.js';

describe('the methods that a path takes', () => {
  const known = new KnownRoutes();
  known.add(['GET', 'HEAD'], '/orders');
  known.add(['POST'], '/orders');
  known.add(['GET'], '/orders/:id');
  known.add(['POST'], '/orders/replay');
  known.add(['GET'], '/files/*');
  known.add(['GET'], '/a.b');

  it.each([
    ['/orders', ['GET', 'HEAD', 'OPTIONS', 'POST']],
    // The router takes no other path for this one either.
    ['/orders/', []],
    ['/orders/7', ['GET', 'OPTIONS']],
    // It is an id, too.
    ['/orders/replay', ['GET', 'OPTIONS', 'POST']],
    ['/files/a/b.js', ['GET', 'OPTIONS']],
    ['/orders/7/more', []],
    ['/aXb', []],
    ['/nowhere', []],
    ['', []],
  ])('%j: %j', (path, methods) => {
    expect(known.methodsOf(path)).toEqual(methods);
  });
});
