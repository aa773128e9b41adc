/** An id cannot stand in a path: it is empty, walks up the path, or is not well-formed text. */
export class UnusableId extends Error {
  override readonly name = 'UnusableId';

  constructor(route: string, parameter: string) {
    super(`${route}: the value of :${parameter} cannot stand in a path`);
  }
}

/**
 * Fills a route template: `/opportunities/:id/notes` and `{ id: '7f' }` give `/opportunities/7f/notes`.
 * Each value stays one segment, whatever it holds.
 * @throws UnusableId
 */
export function fillRoute(route: string, params: Readonly<Record<string, string>>): string {
  return route.replace(/:(\w+)/g, (_match, name: string) => {
    const value = params[name] ?? '';
    // A URL parser takes "." and ".." as steps even when they are percent-encoded.
    if (value === '' || value === '.' || value === '..' || !value.isWellFormed()) {
      throw new UnusableId(route, name);
    }
    return encodeURIComponent(value);
  });
}
