import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from './installation.js';

/** One thing that two versions do not have in common. */
export interface ConfigurationChange {
  /** Dotted, e.g. `settings.quickApp.text`; lists are compared as a whole. */
  path: string;
  /** Undefined where the version has no such thing. */
  before: unknown;
  after: unknown;
}

/** What differs between two versions, by path in alphabetical order; empty when they are equal (I3). */
export function compareConfigurations(before: Configuration, after: Configuration): ConfigurationChange[] {
  return changesBelow('', before, after).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function changesBelow(path: string, before: unknown, after: unknown): ConfigurationChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isGroup(before) || !isGroup(after)) return [{ path, before, after }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) =>
    changesBelow(path === '' ? name : `${path}.${name}`, memberOf(before, name), memberOf(after, name)),
  );
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Its own, for a city may be named like a method of every object. */
const memberOf = (group: object, name: string): unknown =>
  Object.getOwnPropertyDescriptor(group, name)?.value as unknown;
