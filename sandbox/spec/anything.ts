import { expect } from 'vitest';
import { objectOf } from '../json.ts';

/** Matchers of any value of a type, for use inside expected objects. */
export const ANY_TEXT: unknown = expect.any(String);
export const ANY_NUMBER: unknown = expect.any(Number);

/** The keys of an object, sorted; none when it is something else. */
export function keysOf(value: unknown): string[] {
  return Object.keys(objectOf(value)).toSorted((one, other) => one.localeCompare(other));
}
