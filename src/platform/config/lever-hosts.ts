/** Lever's environments: an API takes only tokens of its own authorization server (lever-api.md section 1). */
const ENVIRONMENTS = [
  { name: 'production', api: 'api.lever.co', auth: 'auth.lever.co' },
  { name: 'sandbox', api: 'api.sandbox.lever.co', auth: 'sandbox-lever.auth0.com' },
] as const;

/** What LEVER_API_URL and LEVER_AUTH_URL mix up; null when they fit, or when either is a host not known here. */
export function mixedLeverHosts(apiUrl: string, authUrl: string): string | null {
  const api = ENVIRONMENTS.find((known) => known.api === URL.parse(apiUrl)?.hostname);
  const auth = ENVIRONMENTS.find((known) => known.auth === URL.parse(authUrl)?.hostname);
  if (!api || !auth || api === auth) return null;
  return `is Lever's ${auth.name}, but LEVER_API_URL is its ${api.name}: neither accepts the other's tokens.`;
}
