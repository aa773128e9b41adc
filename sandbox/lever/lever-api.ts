import type { FastifyInstance } from 'fastify';
import type { CallEntries } from '../fault-gate.ts';
import { readJsonBodies } from '../json-body.ts';
import type { World } from '../world.ts';
import { accountRoutes } from './account-routes.ts';
import { recogniseCredentials } from './credentials.ts';
import { fileRoutes } from './file-routes.ts';
import { answerLeverErrors } from './lever-errors.ts';
import { noteRoutes } from './note-routes.ts';
import { opportunityRoutes } from './opportunity-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** The Lever Data API, v1. */
export function leverApi(scope: FastifyInstance, world: World, calls: CallEntries): void {
  readJsonBodies(scope);
  answerLeverErrors(scope);
  scope.addHook('onSend', async (_request, reply, payload) => {
    reply
      .header('server', 'lever-data-api')
      .header('x-lever-region', 'global')
      .header('x-stream-path', 'dapi');
    return payload;
  });
  const authorize = recogniseCredentials(scope, world, calls);
  opportunityRoutes(scope, world, authorize);
  noteRoutes(scope, world, authorize);
  fileRoutes(scope, world, authorize);
  accountRoutes(scope, world, authorize);
  webhookRoutes(scope, world, authorize);
}
