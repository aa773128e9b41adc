import type { FastifyInstance } from 'fastify';
import type { CallEntries } from '../fault-gate.ts';
import { readJsonBodies } from '../json-body.ts';
import type { World } from '../world.ts';
import { applicantRoutes } from './applicant-routes.ts';
import { clientRoutes } from './client-routes.ts';
import { orderRoutes } from './order-routes.ts';
import { recogniseTokens } from './tokens.ts';
import { answerVictigErrors } from './victig-errors.ts';

/** TazAPI Advanced, paths under `/v1`. */
export function victigApi(scope: FastifyInstance, world: World, calls: CallEntries): void {
  readJsonBodies(scope);
  answerVictigErrors(scope);
  scope.addHook('onSend', async (_request, reply, payload) => {
    reply.header('cache-control', 'no-store');
    // Recorded without the charset that the framework adds.
    if (String(reply.getHeader('content-type')).startsWith('application/json')) {
      reply.header('content-type', 'application/json');
    }
    return payload;
  });
  const tokenOf = recogniseTokens(scope, world, calls);
  clientRoutes(scope, world, tokenOf);
  applicantRoutes(scope, world, tokenOf);
  orderRoutes(scope, world, tokenOf);
}
