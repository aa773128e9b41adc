import { DomainError } from '../errors/domain-error.js';
import { duplicateKeyIn, showPath } from './duplicate-key.js';

export const BODY_LIMIT_BYTES = 1024 * 1024;
const DEEPEST_LEVEL = 64;

const refusal = (message: string): DomainError => new DomainError('invalid', 'malformed_request', message);

/**
 * Reads a JSON body as strictly as the database will: UTF-8, at most 64 levels deep, no NUL and no lone
 * surrogates (PostgreSQL stores neither), no `__proto__`, and no key twice, for readers differ in which they take (F6).
 * @throws DomainError `malformed_request`, which names the path of a key that comes twice, and never a value
 */
export function parseJsonBody(body: Buffer): unknown {
  const text = decode(body);
  const { deepestLevel, members } = shapeOf(text);
  if (deepestLevel > DEEPEST_LEVEL) {
    throw refusal(`The body is nested deeper than ${DEEPEST_LEVEL} levels.`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refusal('The body is not valid JSON.');
  }
  if (storableMembers(parsed) < members) refuseDuplicate(text);
  return parsed;
}

function refuseDuplicate(text: string): never {
  const path = showPath(duplicateKeyIn(text) ?? []);
  throw new DomainError(
    'invalid',
    'malformed_request',
    `The body has the key "${path}" more than once: send each key once.`,
    [{ path, message: 'must not be there more than once' }],
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw refusal('The body is not valid UTF-8.');
  }
}

interface Shape {
  deepestLevel: number;
  /** Of all objects together: each has one colon. */
  members: number;
}

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_BRACE, OPEN_BRACKET, CLOSE_BRACE, CLOSE_BRACKET] = [0x7b, 0x5b, 0x7d, 0x5d];

/** Looked at before parsing, so that a bomb is never built up in memory. */
function shapeOf(text: string): Shape {
  let level = 0;
  let deepestLevel = 0;
  let members = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === BACKSLASH) index++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === COLON) members++;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) deepestLevel = Math.max(deepestLevel, ++level);
    else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) level--;
  }
  return { deepestLevel, members };
}

/**
 * How many members all objects together have; fewer than there are in the text means that some have overwritten others.
 * @throws DomainError when there is something that cannot be stored
 */
function storableMembers(value: unknown): number {
  if (typeof value === 'string') refuseUnstorableText(value);
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += storableMembers(item);
    return members;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') throw refusal('The body has a key that is not allowed.');
    refuseUnstorableText(key);
    members += 1 + storableMembers(inner);
  }
  return members;
}

function refuseUnstorableText(text: string): void {
  if (text.includes('\0')) throw refusal('The body holds a NUL character.');
  if (!text.isWellFormed()) throw refusal('The body holds half of a surrogate pair.');
}
