import { DomainError } from '../errors/domain-error.js';

export const BODY_LIMIT_BYTES = 1024 * 1024;
const DEEPEST_LEVEL = 64;

const refusal = (message: string): DomainError => new DomainError('invalid', 'malformed_request', message);

/**
 * Reads a JSON body as strictly as the database will: UTF-8, at most 64 levels deep, no NUL and no lone
 * surrogates (PostgreSQL stores neither), no `__proto__` (F6).
 * @throws DomainError `malformed_request`
 */
export function parseJsonBody(body: Buffer): unknown {
  const text = decode(body);
  if (deepestLevel(text) > DEEPEST_LEVEL) {
    throw refusal(`The body is nested deeper than ${DEEPEST_LEVEL} levels.`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refusal('The body is not valid JSON.');
  }
  refuseUnstorable(parsed);
  return parsed;
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw refusal('The body is not valid UTF-8.');
  }
}

/** Counted before parsing, so that a bomb is never built up in memory. */
function deepestLevel(text: string): number {
  let level = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++level);
    else if (character === '}' || character === ']') level--;
  }
  return deepest;
}

function refuseUnstorable(value: unknown): void {
  if (typeof value === 'string') refuseUnstorableText(value);
  else if (Array.isArray(value)) value.forEach(refuseUnstorable);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') throw refusal('The body has a key that is not allowed.');
      refuseUnstorableText(key);
      refuseUnstorable(inner);
    }
  }
}

function refuseUnstorableText(text: string): void {
  if (text.includes('\0')) throw refusal('The body holds a NUL character.');
  if (!text.isWellFormed()) throw refusal('The body holds half of a surrogate pair.');
}
