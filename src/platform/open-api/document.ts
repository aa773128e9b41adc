import type { Source } from './fill-in-page.js';

/** As much of the shape of an OpenAPI 3.1 document as is worked on here. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

export interface MediaType {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { $ref: string }>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  example?: unknown;
  schema: Schema;
  'x-filled-from'?: Source;
}

export interface Response {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, MediaType>;
}

export interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, Response>;
  'x-required-right'?: string;
  'x-problem-codes': string[];
  'x-irreversible'?: boolean;
}

export type PathItem = Record<string, Operation>;

export interface ApiDocument {
  tags: { name: string; description: string }[];
  paths: Record<string, PathItem>;
  'x-stand-ins'?: Record<string, Source>;
  components: {
    schemas: Record<string, Schema>;
    examples?: Record<string, { summary: string; value: unknown }>;
  };
}

export interface Place {
  path: string;
  method: string;
  operation: Operation;
}

export const operationsOf = ({ paths }: ApiDocument): Place[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

const SCHEMA_PREFIX = '#/components/schemas/';

/** The name of the schema that a reference leads to. */
export const nameOfRef = (ref: string): string => ref.slice(SCHEMA_PREFIX.length);
