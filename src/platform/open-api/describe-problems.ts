import { PROBLEM_CODES_OF_ROUTE } from '../access/admin-route.js';
import { problemOf, PROBLEM_TYPE } from '../errors/problem-of.js';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../errors/problem-codes.js';
import { operationsOf, type ApiDocument, type Operation, type Place, type Response } from './document.js';

/** What any request may be answered, whatever its route. */
export const PROBLEMS_OF_ANY_REQUEST = [
  'request_timeout',
  'url_too_long',
  'headers_too_large',
  'refused',
  'internal_error',
] as const satisfies readonly ProblemCode[];

/** What follows from a header that a route takes, in lower case. */
const PROBLEMS_OF_HEADER: Record<string, readonly ProblemCode[]> = {
  'idempotency-key': [
    'invalid_idempotency_key',
    'idempotency_in_progress',
    'idempotency_answer_lost',
    'idempotency_key_reused',
  ],
};

/** What follows from a header that a route demands. */
const PROBLEMS_OF_REQUIRED_HEADER: Record<string, readonly ProblemCode[]> = {
  'if-match': ['if_match_missing', 'stale_version'],
};

/**
 * Lists every problem that each operation may answer: its own codes and those that follow from its shape, by status,
 * with an example each.
 * @param missing the code that says that the object of a path is not there, by the collection it is of
 */
export function describeProblems(
  document: ApiDocument,
  missing: Readonly<Record<string, ProblemCode>>,
): void {
  for (const place of operationsOf(document)) {
    const codes = problemsOf(place, missing);
    place.operation[PROBLEM_CODES_OF_ROUTE] = codes;
    addResponses(place.operation, codes);
  }
  document.components.examples = { ...document.components.examples, ...examplesFor(document) };
}

function problemsOf(
  { path, method, operation }: Place,
  missing: Readonly<Record<string, ProblemCode>>,
): ProblemCode[] {
  const own = operation[PROBLEM_CODES_OF_ROUTE] as ProblemCode[];
  const parameters = operation.parameters ?? [];
  const takes = (place: string): boolean => parameters.some((parameter) => parameter.in === place);
  const may = new Set<ProblemCode>([
    ...own,
    'unauthenticated',
    'right_missing',
    'invalid_request',
    'too_many_requests',
    'issuer_unavailable',
    'database_unavailable',
  ]);
  if (takes('path')) may.add('malformed_request');
  if (method !== 'get') {
    for (const code of ['malformed_request', 'body_too_large', 'unsupported_media_type'] as const)
      may.add(code);
  }
  for (const { name, required } of parameters) {
    PROBLEMS_OF_HEADER[name.toLowerCase()]?.forEach((code) => may.add(code));
    if (required) PROBLEMS_OF_REQUIRED_HEADER[name.toLowerCase()]?.forEach((code) => may.add(code));
  }
  for (const collection of collectionsIn(path)) {
    const code = missing[collection];
    if (code) may.add(code);
  }
  return PROBLEM_CODES.filter((code) => may.has(code));
}

/** The collections of which a path names an object: `/a/{id}/b/{n}` names one of `a` and one of `b`. */
function collectionsIn(path: string): string[] {
  return [...path.matchAll(/([\w-]+)\/\{\w+\}/g)].map(([, collection]) => collection ?? '');
}

function addResponses(operation: Operation, codes: readonly ProblemCode[]): void {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].toSorted((a, b) => a - b);
  for (const status of statuses) {
    operation.responses[String(status)] = responseOf(
      codes.filter((code) => PROBLEMS[code].status === status),
    );
  }
  operation.responses['default'] = responseOf(PROBLEMS_OF_ANY_REQUEST);
}

function responseOf(codes: readonly ProblemCode[]): Response {
  return {
    description: codes.map((code) => `- \`${code}\`: ${PROBLEMS[code].meaning}`).join('\n'),
    content: {
      [PROBLEM_TYPE]: {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

function examplesFor(document: ApiDocument): Record<string, { summary: string; value: unknown }> {
  const used = operationsOf(document).flatMap(({ operation }) => operation[PROBLEM_CODES_OF_ROUTE]);
  const codes = PROBLEM_CODES.filter((code) => [...used, ...PROBLEMS_OF_ANY_REQUEST].includes(code));
  return Object.fromEntries(
    codes.map((code) => {
      const { status, meaning } = PROBLEMS[code];
      return [code, { summary: code, value: problemOf(status, code, meaning) }];
    }),
  );
}
