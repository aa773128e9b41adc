import type { ProblemCode } from '../errors/problem-codes.js';
import { describeProblems } from './describe-problems.js';
import {
  nameOfRef,
  operationsOf,
  type ApiDocument,
  type Operation,
  type Parameter,
  type Schema,
} from './document.js';
import { exampleOf, type ExampleSources } from './example-of.js';

/** A kind of object that paths name by an id. */
export interface Collection {
  /** What one of it is called. */
  noun: string;
  /** The operation that lists it. */
  listedBy: string;
  /** The code that says that it is not there. */
  missing: ProblemCode;
}

export interface Completion {
  collections: Readonly<Record<string, Collection>>;
  examples: Omit<ExampleSources, 'schemas'>;
}

/**
 * Adds to every operation what follows from the others' shape or from one list: problems, examples, where ids come
 * from. It holds for every route there is and will be; a test walks the outcome.
 */
export function completeDocument(document: ApiDocument, { collections, examples }: Completion): void {
  const missing = Object.entries(collections).map(
    ([name, collection]) => [name, collection.missing] as const,
  );
  describeProblems(document, Object.fromEntries(missing));
  const sources = { ...examples, schemas: document.components.schemas };
  for (const { path, operation } of operationsOf(document)) {
    addExamples(operation, sources);
    for (const parameter of operation.parameters ?? []) describeParameter(path, parameter, collections);
  }
  closeRequestSchemas(document);
  sortPaths(document);
}

function addExamples(operation: Operation, sources: ExampleSources): void {
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  const bodies = [operation.requestBody?.content, ...answers.map(([, { content }]) => content)];
  for (const media of bodies.flatMap((content) => Object.values(content ?? {}))) {
    if (media.schema) media.example ??= exampleOf(media.schema, sources);
  }
}

function describeParameter(
  path: string,
  parameter: Parameter,
  collections: Readonly<Record<string, Collection>>,
): void {
  if (parameter.in === 'path') {
    const before = path
      .slice(0, path.indexOf(`/{${parameter.name}}`))
      .split('/')
      .at(-1);
    const collection = collections[before ?? ''];
    if (collection) {
      parameter.description ??= `Which ${collection.noun}: \`${collection.listedBy}\` lists them.`;
    }
  }
  // Swagger UI fills examples in; a condition that nobody asked for would hide what is there.
  if (parameter.in === 'query' && parameter.required !== true) {
    const example = parameter.example ?? parameter.schema.example;
    delete parameter.example;
    delete parameter.schema.example;
    if (example !== undefined) {
      parameter.description =
        `${parameter.description ?? ''} For example \`${exampleText(example)}\`.`.trim();
    }
  }
}

const exampleText = (example: unknown): string =>
  typeof example === 'string' ? example : JSON.stringify(example);

/** Fields that are not known are refused by name, so the schemas of requests say that there are no others. */
function closeRequestSchemas(document: ApiDocument): void {
  const { schemas } = document.components;
  const open = operationsOf(document).flatMap(({ operation }) =>
    Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
  );
  const seen = new Set<Schema>();
  for (const schema of open) {
    if (!schema || seen.has(schema)) continue;
    seen.add(schema);
    if (schema.$ref !== undefined) open.push(schemas[nameOfRef(schema.$ref)]);
    if (schema.properties) schema.additionalProperties ??= false;
    const { items, properties, anyOf = [], oneOf = [], allOf = [] } = schema;
    open.push(items, ...Object.values(properties ?? {}), ...anyOf, ...oneOf, ...allOf);
  }
}

/** In the order of the tags, so that the document reads as Swagger UI shows it. */
function sortPaths(document: ApiDocument): void {
  const order = document.tags.map(({ name }) => name);
  const rank = (path: string): number =>
    order.indexOf(Object.values(document.paths[path] ?? {})[0]?.tags[0] ?? '');
  const paths = Object.keys(document.paths).toSorted((a, b) => rank(a) - rank(b));
  document.paths = Object.fromEntries(paths.map((path) => [path, document.paths[path] ?? {}]));
}
