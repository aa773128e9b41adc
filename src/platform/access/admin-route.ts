import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { ProblemDto } from '../errors/problem.js';
import { RequiredRight } from './access-guard.js';
import type { Right } from './roles.js';

export interface AdminRouteOptions {
  right: Right;
  /** A few words for the list of routes. */
  summary: string;
  /** Becomes the name of the method in generated clients. */
  operationId: string;
  description?: string;
  /** Statuses of the problem documents it may answer besides 401, 403 and 429. */
  problems?: readonly number[];
}

const MEANINGS: Record<number, string> = {
  400: 'The request is malformed or invalid; every fault is listed.',
  401: 'No valid admin key or token.',
  403: 'The role lacks the right.',
  404: 'No such object, or it belongs to an installation that the key may not see.',
  409: 'The present state does not allow it, or Lever or VICTIG refuses the credentials.',
  412: 'Someone changed it since it was read: `If-Match` does not match.',
  429: 'Too many requests; `Retry-After` says when to try again.',
  428: '`If-Match` is missing.',
  502: 'Lever or VICTIG failed; the detail says whether something may have been changed.',
};

/** All that an admin route needs besides its method and path: the right it demands and its documentation. */
export function AdminRoute(options: AdminRouteOptions): MethodDecorator {
  const problems = [401, 403, 429, ...(options.problems ?? [])].toSorted((a, b) => a - b);
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
