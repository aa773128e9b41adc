import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** A call that changes something, as it stands in a vendor's client: its method, then its route or where it comes from. */
const WRITE = /method: '(POST|PUT|PATCH|DELETE)',\s*route(?:: '([^']+)')?,/g;

const clients = globSync('src/{lever,victig}/*.ts').filter((file) => !file.endsWith('.spec.ts'));

/** Every `METHOD /route` of a client's source that is not a GET. */
function writesOf(source: string): string[] {
  return [...source.matchAll(WRITE)].flatMap(({ 1: method = '', 2: route, index }) =>
    (route === undefined ? routesGivenTo(source, index) : [route]).map((one) => `${method} ${one}`),
  );
}

/** A route that is a parameter: what the method that takes it is given by its callers. */
function routesGivenTo(source: string, index: number): string[] {
  const name = [...source.slice(0, index).matchAll(/^ {2}(?:private )?(?:async )?\*?(\w+)\(/gm)].at(-1)?.[1];
  return [...source.matchAll(new RegExp(`this\\.${name}\\(\\w+, '([^']+)'`, 'g'))].map(
    ([, route = '']) => route,
  );
}

describe('the table of effects', () => {
  const table = readFileSync('docs/effects.md', 'utf8');
  const writes = clients.flatMap((file) => writesOf(readFileSync(file, 'utf8')));

  it.each(writes)('tells what becomes of %s (F1)', (write) => {
    expect(table).toContain(`\`${write}\``);
  });

  it('was compared with calls of both vendors', () => {
    expect(writes).toEqual(
      expect.arrayContaining([
        'POST /clients/:client/orders',
        'POST /opportunities/:id/addTags',
        'POST /opportunities/:id/removeTags',
      ]),
    );
  });
});
