import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiOperation } from '@nestjs/swagger';
import type { ProblemCode } from '../errors/problem-codes.js';
import { ProblemDto } from '../errors/problem.js';
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
}

/** Where the document keeps the codes of an operation; at first its own, in the end all. */
export const PROBLEM_CODES_OF_ROUTE = 'x-problem-codes';

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
      description: `${options.description}\n\nNeeds the right \`${options.right}\`.`,
    }),
  );
}

/** Named here so that the document holds the schema that the answers refer to. */
export const DOCUMENTED_MODELS = [ProblemDto];
