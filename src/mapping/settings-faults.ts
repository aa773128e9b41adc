import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { quote } from './plain-text.js';

/** One thing that is wrong with settings. */
export interface SettingsFault {
  /** Name of the setting, e.g. `holdSeconds` or `quickApp.text`; empty for the settings as a whole. */
  path: string;
  /** A sentence that names the setting and says what it must be. */
  message: string;
}

type Issue = z.core.$ZodIssue;

/** zod's issues as sentences. */
export const describeIssues = (
  issues: readonly Issue[],
  input: unknown,
  knownNames: readonly string[],
): SettingsFault[] => issues.flatMap((issue) => describeIssue(issue, input, knownNames));

function describeIssue(issue: Issue, input: unknown, knownNames: readonly string[]): SettingsFault[] {
  const path = issue.path.map(String).join('.');
  const name = path === '' ? 'The settings' : path;
  const given = valueAt(input, issue.path);
  const fault = (message: string): SettingsFault[] => [{ path, message }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownName(path, key, knownNames));
    case 'invalid_type':
      return given === undefined
        ? fault(`${name} is required: give ${article(issue.expected)}.`)
        : fault(`${name} must be ${article(issue.expected)}, not ${kindOf(given)}.`);
    case 'invalid_value':
      return fault(`${name} must be ${orList(issue.values.map((value) => quote(String(value))))}.`);
    case 'invalid_union':
      return fault(`${name} must be "never", "always" or {"afterDays": a whole number from 1 to 36500}.`);
    case 'too_small':
      return fault(`${name} must not be less than ${issue.minimum}.`);
    case 'too_big':
      return issue.origin === 'string'
        ? fault(`${name} must not be longer than ${issue.maximum} characters.`)
        : fault(`${name} must not be more than ${issue.maximum}.`);
    case 'invalid_key':
      return issue.issues.flatMap((inner) =>
        fault(`${name}: the name of a city ${inner.code === 'custom' ? inner.message : 'is too long'}.`),
      );
    case 'custom':
      // Contradictions are whole sentences already; the rules of single texts go on from the name.
      return fault(issue.message.endsWith('.') ? issue.message : `${name} ${issue.message}.`);
    // Our schema has no rule that fails so.
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
      break;
  }
  return fault(`${name} is not valid: ${issue.message}.`);
}

function unknownName(parent: string, key: string, knownNames: readonly string[]): SettingsFault {
  const path = parent === '' ? key : `${parent}.${key}`;
  const hint = parent === '' ? ` The nearest is ${quote(closest(key.slice(0, 100), knownNames))}.` : '';
  return { path, message: `There is no setting ${quote(path)}.${hint}` };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = new Map<PropertyKey, unknown>(Object.entries(value)).get(key);
  }
  return value;
}

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
};

const article = (expected: string): string => KINDS[expected] ?? expected;

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction';
  return KINDS[typeof value] ?? `a ${typeof value}`;
}

const orList = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
