import { nameOfRef, type Schema } from '../../src/platform/open-api/document.js';
import { API } from './api-document.js';

/** A value to send. */
export interface Input {
  /** What is special about it. */
  what: string;
  value: unknown;
  /** The schema forbids it; else it is at a bound, and any answer that is documented will do. */
  isInvalid: boolean;
}

const invalid = (what: string, value: unknown): Input => ({ what, value, isInvalid: true });
const boundary = (what: string, value: unknown): Input => ({ what, value, isInvalid: false });

/** Marks a property that is left out. */
const ABSENT = Symbol('absent');

/** Strings that programs stumble over, wherever a string may be. */
const ODD_TEXTS = [
  '',
  ' ',
  "' OR 1=1 --",
  '\u{1F9D1}\u200D\u{1F680} \u202Eabc',
  '%00%2e%2e/',
  'x'.repeat(20_000),
];

/** Names that no schema has; the last ones every object inherits. */
export const UNKNOWN_NAMES = ['nobodyKnowsThis', 'constructor', 'hasOwnProperty', 'toString'];

/** Inputs at and beyond the bounds of a schema; of an object, with one thing changed at a time. */
export function inputsOf(schema: Schema, example: unknown): Input[] {
  const { schema: plain, isNullable } = resolve(schema);
  if (!plain.enum && !plain.type) return isNullable ? [boundary('null', null)] : [];
  const nothing = [isNullable ? boundary('null', null) : invalid('null', null)];
  if (plain.enum) return [...nothing, ...inputsOfEnum(plain.enum)];
  const types = new Set([plain.type ?? []].flat());
  if (types.has('object')) return [...nothing, ...inputsOfObject(plain, asObject(example))];
  if (types.has('array')) return [...nothing, ...inputsOfArray(plain, example)];
  if (types.has('integer') || types.has('number')) return [...nothing, ...inputsOfNumber(plain)];
  if (types.has('boolean')) {
    return [...nothing, boundary('true', true), boundary('false', false), invalid('a word', 'maybe')];
  }
  return types.has('string') ? [...nothing, ...inputsOfString(plain)] : nothing;
}

function resolve(schema: Schema): { schema: Schema; isNullable: boolean } {
  if (schema.$ref !== undefined) return resolve(API.components.schemas[nameOfRef(schema.$ref)] ?? {});
  const variants = schema.anyOf ?? schema.oneOf;
  const first = variants?.find(({ type }) => type !== 'null');
  if (variants && first) {
    // Of several variants none is wrong because another one is meant.
    const isOpen = variants.filter(({ type }) => type !== 'null').length > 1;
    return { schema: isOpen ? {} : resolve(first).schema, isNullable: variants.length > 1 };
  }
  const types = [schema.type ?? []].flat();
  return { schema, isNullable: types.includes('null') };
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

function inputsOfObject(schema: Schema, example: Record<string, unknown>): Input[] {
  const properties = Object.entries(schema.properties ?? {});
  const required = schema.required ?? [];
  const inputs = properties.flatMap(([name, inner]) => {
    const absent: Input = { what: 'left out', value: ABSENT, isInvalid: required.includes(name) };
    return [absent, ...inputsOf(inner, example[name])].map(({ what, value, isInvalid }) => {
      const { [name]: _old, ...others } = example;
      return {
        what: `${name}: ${what}`,
        value: value === ABSENT ? others : { ...others, [name]: value },
        isInvalid,
      };
    });
  });
  const others = schema.additionalProperties === false ? UNKNOWN_NAMES : [];
  const other = others.map((name) => invalid(`a field ${name}, not known`, { ...example, [name]: 1 }));
  return [...inputs, ...other, invalid('a text instead of an object', 'text'), invalid('a list', [example])];
}

function inputsOfArray({ items = {}, minItems = 0, maxItems }: Schema, example: unknown): Input[] {
  const [item = 'x'] = Array.isArray(example) ? (example as unknown[]) : [];
  const none = minItems > 0 ? invalid('an empty list', []) : boundary('an empty list', []);
  const over =
    maxItems === undefined ? [] : [invalid('too long a list', Array<unknown>(maxItems + 1).fill(item))];
  const twice = [boundary('the same twice', [item, item])];
  const inner = inputsOf(items, item).map(({ what, value, isInvalid }) => ({
    what: `[0] ${what}`,
    value: [value],
    isInvalid,
  }));
  return [none, ...over, ...twice, ...inner, invalid('a number instead of a list', 7)];
}

function inputsOfNumber({ type, minimum, maximum }: Schema): Input[] {
  return [
    ...(minimum === undefined ? [] : [boundary('the least', minimum), invalid('less', minimum - 1)]),
    ...(maximum === undefined ? [] : [boundary('the most', maximum), invalid('more', maximum + 1)]),
    ...(type === 'integer' ? [invalid('a fraction', 1.5)] : []),
    boundary('far too much', 1e300),
    invalid('a word', 'many'),
  ];
}

function inputsOfString({ minLength = 0, maxLength, format }: Schema): Input[] {
  return [
    invalid('a number', 42),
    invalid('an object', { $gt: '' }),
    ...(minLength > 0
      ? [boundary('the shortest', 'x'.repeat(minLength)), invalid('too short', 'x'.repeat(minLength - 1))]
      : []),
    ...(maxLength === undefined
      ? []
      : [boundary('the longest', 'x'.repeat(maxLength)), invalid('too long', 'x'.repeat(maxLength + 1))]),
    ...(format === 'uuid' ? [invalid('no UUID', '0199-not-a-uuid')] : []),
    ...(format === 'date-time'
      ? [invalid('no time', 'yesterday'), boundary('far off', '9999-12-31T23:59:59Z')]
      : []),
    ...ODD_TEXTS.map((text) => boundary(`the text ${JSON.stringify(text).slice(0, 30)}`, text)),
    invalid('a NUL character', 'a\0b'),
  ];
}

const inputsOfEnum = (values: readonly unknown[]): Input[] => [
  ...values.map((value) => boundary(`the value ${String(value)}`, value)),
  invalid('another word', 'nothing-of-the-kind'),
  invalid('a number', 42),
];
