import { IRREVERSIBLE } from '../access/admin-route.js';
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
import type { Source } from './fill-in-page.js';

/** A kind of object that paths name by an id. */
export interface Collection {
  /** What one of it is called. */
  noun: string;
  /** The operation that lists it. */
  listedBy: string;
  /** Where in what that operation answers the id of one is; unless it is said, of the first of `items`. */
  idAt?: readonly (string | number)[];
  /** The code that says that it is not there. */
  missing: ProblemCode;
}

/** Where a value comes from that no example can know; for programs that fill requests in, as our page does. */
const FILLED_FROM = 'x-filled-from';

/** Ids that stand in the examples of requests, and where real ones come from. */
const STAND_INS = 'x-stand-ins';

export interface Completion {
  collections: Readonly<Record<string, Collection>>;
  examples: Omit<ExampleSources, 'schemas'>;
  /** Ids in examples of requests that stand for those of a collection. */
  standIns?: Readonly<Record<string, string>>;
}

/**
 * Adds to every operation what follows from the others' shape or from one list: problems, examples, where ids come
 * from. It holds for every route there is and will be; a test walks the outcome.
 */
export function completeDocument(
  document: ApiDocument,
  { collections, examples, standIns = {} }: Completion,
): void {
  const missing = Object.entries(collections).map(
    ([name, collection]) => [name, collection.missing] as const,
  );
  describeProblems(document, Object.fromEntries(missing));
  const sources = { ...examples, schemas: document.components.schemas };
  const idsOf = (collection: Collection): Source => idsListedBy(document, collection);
  for (const { path, operation } of operationsOf(document)) {
    addExamples(operation, sources);
    const parameters = operation.parameters ?? [];
    for (const parameter of parameters) {
      const collection = collectionOf(path, parameter, collections);
      describeParameter(parameter, collection);
      const isLast = path.lastIndexOf('{') === path.indexOf(`{${parameter.name}}`);
      const lookedAtOnly = isLast && operation[IRREVERSIBLE] === true;
      if (collection)
        parameter[FILLED_FROM] = { ...idsOf(collection), ...(lookedAtOnly && { lookedAtOnly }) };
      if (parameter.in === 'header' && parameter.required) {
        parameter[FILLED_FROM] = { list: path.slice(0, path.indexOf('}') + 1), etag: true };
      }
    }
  }
  document[STAND_INS] = Object.fromEntries(
    Object.entries(standIns).flatMap(([id, name]) =>
      collections[name] ? [[id, idsOf(collections[name])]] : [],
    ),
  );
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

/** Of what the id in a path is one: the segment before it says so. */
function collectionOf(
  path: string,
  { name, in: place }: Parameter,
  collections: Readonly<Record<string, Collection>>,
): Collection | undefined {
  if (place !== 'path') return undefined;
  return collections[
    path
      .slice(0, path.indexOf(`/{${name}}`))
      .split('/')
      .at(-1) ?? ''
  ];
}

function idsListedBy(document: ApiDocument, { listedBy, idAt = ['items', 0, 'id'] }: Collection): Source {
  const list = operationsOf(document).find(({ operation }) => operation.operationId === listedBy);
  return { list: list?.path ?? '', at: idAt };
}

function describeParameter(parameter: Parameter, collection: Collection | undefined): void {
  if (collection) {
    parameter.description ??= `Which ${collection.noun}: \`${collection.listedBy}\` lists them.`;
  }
  // Swagger UI fills examples in; a condition that nobody asked for would hide what is there, a key that was used
  // before or an ETag of another day would have the request refused.
  if (parameter.in === 'header' || (parameter.in === 'query' && parameter.required !== true)) {
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
