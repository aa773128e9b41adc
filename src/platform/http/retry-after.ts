/**
 * Reads a `Retry-After` header: seconds or an HTTP date. Undefined when absent or unreadable.
 * Source: RFC 9110 section 10.2.3.
 * @param now what a date is counted from
 */
export function retryAfterMs(header: string | null, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
