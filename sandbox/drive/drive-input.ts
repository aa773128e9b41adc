import { numberAt, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { DriveError } from './drive-errors.ts';

export function demandText(body: JsonObject, key: string): string {
  const value = textAt(body, key);
  if (value === undefined || value === '') throw new DriveError(`"${key}" must be a text.`);
  return value;
}

/** One of a closed set, such as a kind or a type. */
export function demandOneOf<T extends string>(body: JsonObject, key: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === body[key]);
  if (found === undefined) throw new DriveError(`"${key}" must be one of ${known.join(', ')}.`);
  return found;
}

/** A chance from 0 to 1. */
export function chanceAt(body: JsonObject, key: string, fallback: number): number {
  const value = numberAt(body, key) ?? fallback;
  if (value < 0 || value > 1) throw new DriveError(`"${key}" must be a number from 0 to 1.`);
  return value;
}

/**
 * Changes some settings of an object whose keys are all known. Refuses unknown keys and values of another type, so
 * that a mistyped switch does not pass in silence.
 */
export function patchSettings(settings: object, patch: JsonObject, nullable: readonly string[]): void {
  const current = new Map<string, unknown>(Object.entries(settings));
  for (const [key, value] of Object.entries(patch)) {
    if (!current.has(key)) throw new DriveError(`There is no setting "${key}".`);
    const fits = kindOf(value) === kindOf(current.get(key));
    if (!fits && !nullable.includes(key)) throw new DriveError(`"${key}" has a value of the wrong type.`);
  }
  Object.assign(settings, patch);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}
