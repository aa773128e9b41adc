import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
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
  description?: string;
  /** Statuses of the problem documents it may answer besides 401 and 403. */
  problems?: readonly number[];
  /** It takes an `Idempotency-Key` (P3). */
  idempotent?: true;
  /** `If-Match` is heeded where it is sent. */
  ifMatch?: 'optional';
}

const MEANINGS: Record<number, string> = {
  400: 'The request is malformed or invalid; every fault is listed.',
  401: 'No valid admin key.',
  403: "The key's role lacks the right.",
  404: 'No such object, or it belongs to an installation that the key may not see.',
  409: 'The present state does not allow it, or Lever or VICTIG refuses the credentials.',
  412: 'Someone changed it since it was read: `If-Match` does not match.',
  422: 'The `Idempotency-Key` was sent with another request.',
  428: '`If-Match` is missing.',
  502: 'Lever or VICTIG failed; the detail says whether something may have been changed.',
};

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
  const ofKey = options.idempotent ? [409, 422] : [];
  const statuses = new Set([401, 403, ...ofKey, ...(options.problems ?? [])]);
  const problems = [...statuses].toSorted((a, b) => a - b);
  return applyDecorators(
    RequiredRight(options.right),
    ApiBearerAuth('adminKey'),
    // For programs that check who may do what.
    ApiExtension('x-required-right', options.right),
    ApiOperation({
      summary: options.summary,
      operationId: options.operationId,
      description: `${options.description ?? ''}\n\nNeeds the right \`${options.right}\`.`.trim(),
    }),
    ...(options.idempotent ? [UseInterceptors(IdempotencyInterceptor), ApiHeader(KEY_HEADER)] : []),
    ...(options.ifMatch ? [ApiHeader(IF_MATCH_HEADER)] : []),
    ...problems.map((status) =>
      ApiResponse({
        status,
        description: MEANINGS[status] ?? 'Refused.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      }),
    ),
  );
}

/** Named here so that the document holds the schema that the answers refer to. */
export const DOCUMENTED_MODELS = [ProblemDto];
