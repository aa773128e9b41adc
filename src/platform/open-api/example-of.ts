import { nameOfRef, type Schema } from './document.js';

export interface ExampleSources {
  schemas: Readonly<Record<string, Schema>>;
  /** Whole examples, by the name of a schema: of requests, where not every field belongs into one. */
  whole: Readonly<Record<string, unknown>>;
  /** Some fields of examples, by the name of a schema; the others are put together. */
  ofSchemas: Readonly<Record<string, object>>;
  /** Examples by the name of a property, for those that mean the same everywhere. */
  ofProperties: Readonly<Record<string, unknown>>;
}

/** Stands where nobody has given an example; a test refuses a document that holds it. */
export const NO_EXAMPLE = '(no example)';

const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-11-23T08:15:30.000Z',
  uuid: '0199f3a0-5b1c-7d2e-8f3a-1b2c3d4e5f60',
  uri: 'https://bgc.example.com',
};

/** An example that meets a schema, put together from the examples of its properties. */
export function exampleOf(schema: Schema, sources: ExampleSources, property = ''): unknown {
  if (schema.$ref !== undefined) {
    const name = nameOfRef(schema.$ref);
    if (name in sources.whole) return sources.whole[name];
    const example = exampleOf(sources.schemas[name] ?? {}, sources, property);
    return name in sources.ofSchemas ? { ...(example as object), ...sources.ofSchemas[name] } : example;
  }
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  const known = sources.ofProperties[property];
  if (known !== undefined && fits(known, schema)) return known;
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, sources)));
  const variants = schema.anyOf ?? schema.oneOf;
  const variant = variants?.find(({ type }) => type !== 'null');
  return variant ? exampleOf(variant, sources, property) : exampleOfType(schema, sources, property);
}

function exampleOfType(schema: Schema, sources: ExampleSources, property: string): unknown {
  switch (typeof schema.type === 'string' ? schema.type : 'null') {
    case 'null':
      return null;
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, inner]) => [
          name,
          exampleOf(inner, sources, name),
        ]),
      );
    case 'array':
      return schema.items ? [exampleOf(schema.items, sources, property)] : [];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    default:
      return BY_FORMAT[schema.format ?? ''] ?? NO_EXAMPLE;
  }
}

function fits(value: unknown, schema: Schema): boolean {
  if (schema.enum) return schema.enum.includes(value);
  const types = new Set([schema.type ?? 'object'].flat());
  if (value === null) return types.has('null');
  if (Array.isArray(value)) return types.has('array');
  return types.has(typeof value) || (typeof value === 'number' && types.has('integer'));
}
