/** A value that JSON cannot write down exactly, or in one way only. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

/**
 * The one way to write a value as JSON (RFC 8785): no blanks, members ordered by their names' UTF-16 units. Members
 * that are undefined are left out, as `JSON.stringify` does.
 * @throws NotCanonical
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && value.isWellFormed()) return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object' && !(value instanceof Date)) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw new NotCanonical(`a ${typeof value} has no canonical JSON`);
}

/**
 * Reads JSON whose numbers must be written as this service writes them: others, such as `1.0` or one with more digits
 * than a number can hold, would be read as something that they are not.
 * @throws NotCanonical, SyntaxError
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown, context?: { source?: string }) => {
    if (typeof value === 'number' && context?.source !== undefined && context.source !== String(value)) {
      throw new NotCanonical(`${context.source} is not how ${value} is written`);
    }
    return value;
  }) as unknown;
}
