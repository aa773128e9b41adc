/** Names of query parameters that carry a key: who has such a link reads the report without a login. */
const KEY_PARAMETERS =
  /^(?:a|x|auth|access|access_token|apikey|api_key|code|credential|hash|jwt|key|otp|pass|password|pwd|secret|session|sid|sig|signature|ticket|token)$/i;
const KEYED_PATH = /interchange|quickapp/i;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** As long and as mixed as a secret is; identifiers of orders are numbers or UUIDs. */
const OPAQUE = /^[\w+/=.~-]{24,}$/;

/**
 * The link if opening it needs a login, else null: a keyed link, which opens the report for anybody, must not get
 * into a note (R1), whatever field it came in.
 */
export function loginLinkOf(link: string | null): string | null {
  const url = link === null ? null : URL.parse(link);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  if (url.username !== '' || url.password !== '' || url.hash !== '') return null;
  if (KEYED_PATH.test(url.href)) return null;
  if ([...url.searchParams].some(([name, value]) => KEY_PARAMETERS.test(name) || isOpaque(value)))
    return null;
  if (url.pathname.split('/').some(isOpaque)) return null;
  // Lever takes what follows an @ for a mention.
  return url.href.replaceAll('@', '%40');
}

const isOpaque = (text: string): boolean => OPAQUE.test(text) && /\d/.test(text) && !UUID.test(text);
