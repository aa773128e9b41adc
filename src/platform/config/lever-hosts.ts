/** Where Lever is asked, and for whom its tokens are meant. */
export interface LeverAddresses {
  apiUrl: string;
  authUrl: string;
  audience: string;
}

type Variable = 'LEVER_API_URL' | 'LEVER_AUTH_URL' | 'LEVER_AUDIENCE';

/**
 * Lever's environments: an API takes only tokens of its own authorization server, made for it.
 * Other hosts of Lever, such as one for the EU, count as production.
 */
function environmentOf(url: string): 'sandbox' | 'production' | null {
  const hostname = URL.parse(url)?.hostname ?? '';
  if (hostname === 'sandbox-lever.auth0.com' || /(^|\.)sandbox\.lever\.co$/.test(hostname)) return 'sandbox';
  return hostname === 'lever.co' || hostname.endsWith('.lever.co') ? 'production' : null;
}

/** What the addresses mix up, and in which variable; null when they fit. A host not known here fits to any. */
export function mixedLeverHosts({
  apiUrl,
  authUrl,
  audience,
}: LeverAddresses): { variable: Variable; problem: string } | null {
  const api = environmentOf(apiUrl);
  const others = [
    ['LEVER_AUTH_URL', environmentOf(authUrl)],
    ['LEVER_AUDIENCE', environmentOf(audience)],
  ] as const;
  for (const [variable, other] of others) {
    if (api === null || other === null || api === other) continue;
    const problem = `is Lever's ${other}, but LEVER_API_URL is its ${api}: neither accepts the other's tokens.`;
    return { variable, problem };
  }
  const [[, auth], [, meant]] = others;
  if (auth === null || meant === null || auth === meant) return null;
  const problem = `is Lever's ${meant}, but LEVER_AUTH_URL is its ${auth}: it makes no tokens for that.`;
  return { variable: 'LEVER_AUDIENCE', problem };
}
