import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import {
  operationsOf,
  type ApiDocument,
  type Place,
  type Schema,
} from '../../src/platform/open-api/document.js';

/** The document as it is committed; `npm run check` says whether it is what the code says. */
export const API: ApiDocument = JSON.parse(readFileSync('openapi.json', 'utf8')) as ApiDocument;

export const PLACES: readonly Place[] = operationsOf(API);

/** An answer of the service, as far as the document speaks of it. */
export interface Answer {
  status: number;
  contentType: string | undefined;
  /** Parsed, where it is JSON. */
  body: unknown;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ ...withoutOtherFields(API), $id: 'api' });

const validators = new Map<string, ValidateFunction>();

/** Whether a value meets a schema of the document, named by where it is; answers what is wrong with it. */
export function faultsAt(pointer: readonly string[], value: unknown): string[] {
  const ref = `api#/${pointer
    .map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
    .map(encodeURIComponent)
    .join('/')}`;
  const validate = validators.get(ref) ?? ajv.compile({ $ref: ref });
  validators.set(ref, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) =>
      `${instancePath || 'it'} ${message} ${JSON.stringify(params)}`,
  );
}

/** What the document does not say of an answer; empty when it says it all. */
export function undocumented(
  { path, method, operation }: Place,
  { status, contentType, body }: Answer,
): string[] {
  const listed = operation.responses[String(status)] ? String(status) : 'default';
  const response = operation.responses[listed];
  const type = contentType?.split(';')[0];
  if (!response?.content) {
    const isEmpty = response !== undefined && listed !== 'default' && (body === undefined || body === '');
    return isEmpty ? [] : [`status ${status} is not listed`];
  }
  if (type === undefined || !response.content[type]) return [`${status} as ${type} is not listed`];
  if (!type.endsWith('json') || type.endsWith('ndjson')) return [];
  return faultsAt(['paths', path, method, 'responses', listed, 'content', type, 'schema'], body).map(
    (fault) => `${status}: ${fault}`,
  );
}

/** What an answer holds beyond what is documented must be seen, although clients would overlook it. */
function withoutOtherFields(document: ApiDocument): ApiDocument {
  const closed = structuredClone(document);
  for (const [name, schema] of Object.entries(closed.components.schemas)) {
    // It is narrowed where it is used.
    if (name !== 'Problem') close(schema);
  }
  return closed;
}

function close(schema: Schema): void {
  if (schema.properties) schema.additionalProperties ??= false;
  const { items, properties, anyOf = [], oneOf = [] } = schema;
  for (const inner of [items, ...Object.values(properties ?? {}), ...anyOf, ...oneOf])
    if (inner) close(inner);
}
