import type { FastifyInstance } from 'fastify';
import { readAnyBodyAsJson } from '../json-body.ts';
import type { World } from '../world.ts';
import { answerDriveErrors } from './drive-errors.ts';
import { driveFaults } from './drive-faults.ts';
import { driveLeverAccount } from './drive-lever-account.ts';
import { driveLeverWebhooks } from './drive-lever-webhooks.ts';
import { driveOpportunities } from './drive-opportunities.ts';
import { driveQuickApp } from './drive-quick-app.ts';
import { driveState } from './drive-state.ts';
import { driveVictigAccount } from './drive-victig-account.ts';
import { driveVictigOrders } from './drive-victig-orders.ts';

/** The API by which tests, READMEs and the demo page play the recruiter, the candidate and VICTIG. */
export function driveApi(scope: FastifyInstance, world: World): void {
  readAnyBodyAsJson(scope);
  answerDriveErrors(scope);
  driveState(scope, world);
  driveFaults(scope, world);
  driveLeverAccount(scope, world);
  driveLeverWebhooks(scope, world);
  driveOpportunities(scope, world);
  driveVictigAccount(scope, world);
  driveVictigOrders(scope, world);
  driveQuickApp(scope, world);
}
