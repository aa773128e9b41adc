import type { FastifyInstance, FastifyRequest } from 'fastify';

/** By these names a person's own machine is reached; the port may differ, for it may be forwarded. */
const OWN_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Keeps other web sites from driving the sandbox through the browser of whoever tries it: no request under another
 * name than this machine's (DNS rebinding), none that a page of another origin sent. Programs send neither header.
 */
export function admitOwnSiteOnly(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    const refusal = refusalOf(request);
    return refusal === null ? undefined : reply.code(403).send({ error: refusal });
  });
}

function refusalOf(request: FastifyRequest): string | null {
  const { host = '', origin } = request.headers;
  if (!OWN_NAMES.has(nameOf(host))) return `The sandbox is driven from this machine only, not as "${host}".`;
  if (origin !== undefined && hostOf(origin) !== host) return 'The sandbox is not driven by other web sites.';
  const site = request.headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  // A link from elsewhere to the page itself is welcome.
  const isLink = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate';
  return isForeign && !isLink ? 'The sandbox is not driven by other web sites.' : null;
}

const nameOf = (host: string): string => parsed(`http://${host}`)?.hostname ?? '';

/** Name and port; undefined for what is no address, such as the origin `null`. */
const hostOf = (origin: string): string | undefined => parsed(origin)?.host;

const parsed = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined);
