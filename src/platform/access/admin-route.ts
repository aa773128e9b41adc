import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiHeader, ApiOperation } from '@nestjs/swagger';
import type { ProblemCode } from '../errors/problem-codes.js';
import { ProblemDto } from '../errors/problem.js';
import { IdempotencyInterceptor } from '../http/idempotency-interceptor.js';
import { RequiredRight } from './access-guard.js';
import type { Right } from './roles.js';

export interface AdminRouteOptions {
  right: Right;
  /** A few words for the list of routes. */
  summary: string;
  /** Becomes the name of the method in generated clients. */
  operationId: string;
  /** What a person should know before using it. */
  description: string;
  /**
   * Codes of the problems of its own that it may answer. Those that follow from its shape (a key is needed, a body can
   * be invalid, an object in the path can be missing, `If-Match` can be stale) are added for every route.
   */
  problems?: readonly ProblemCode[];
  /** It takes an `Idempotency-Key` (P3). */
  idempotent?: true;
  /** What it does cannot be undone. */
  irreversible?: true;
  /** `If-Match` is heeded where it is sent. */
  ifMatch?: 'optional';
}

/** Where the document says that something cannot be undone. */
export const IRREVERSIBLE = 'x-irreversible';

/** Where the document keeps the codes of an operation; at first its own, in the end all. */
export const PROBLEM_CODES_OF_ROUTE = 'x-problem-codes';

const KEY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'The same key with the same request within 24 hours answers the same again, with `Idempotency-Replayed: true`, and does nothing; with another request it is 422.',
  example: 'b7a1c9e4-5d0e-4c58-9f1c-6f2a3f0f1f11',
} as const;

const IF_MATCH_HEADER = {
  name: 'If-Match',
  required: false,
  description: 'The ETag that was read: the request is refused (412) if it changed since.',
  example: '"7"',
} as const;

/** All that an admin route needs besides its method and path: the right it demands and its documentation. */
export function AdminRoute(options: AdminRouteOptions): MethodDecorator {
  return applyDecorators(
    RequiredRight(options.right),
    ApiBearerAuth('adminKey'),
    // For programs that check who may do what.
    ApiExtension('x-required-right', options.right),
    ApiExtension(PROBLEM_CODES_OF_ROUTE, [...(options.problems ?? [])]),
    ApiOperation({
      summary: options.summary,
      operationId: options.operationId,
      description: `${options.description}${options.irreversible ? ' This cannot be undone.' : ''}\n\nNeeds the right \`${options.right}\`.`,
    }),
    ...(options.irreversible ? [ApiExtension(IRREVERSIBLE, true)] : []),
    ...(options.idempotent ? [UseInterceptors(IdempotencyInterceptor), ApiHeader(KEY_HEADER)] : []),
    ...(options.ifMatch ? [ApiHeader(IF_MATCH_HEADER)] : []),
  );
}

/** Named here so that the document holds the schema that the answers refer to. */
export const DOCUMENTED_MODELS = [ProblemDto];
