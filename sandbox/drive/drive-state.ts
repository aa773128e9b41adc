import type { FastifyInstance } from 'fastify';
import { VENDORS } from '../faults.ts';
import type { Vendor } from '../faults.ts';
import { objectOf, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { resetWorld } from '../world.ts';
import type { World } from '../world.ts';

export function driveState(scope: FastifyInstance, world: World): void {
  scope.post('/reset', () => reset(world));

  scope.get('/state', () => ({
    lever: {
      ...world.journal.totals('lever'),
      opportunities: world.lever.opportunities.size,
      webhooks: world.lever.webhooks.size,
      deliveries: deliveryCounts(world, 'lever'),
      behaviour: world.lever.behaviour,
    },
    victig: {
      ...world.journal.totals('victig'),
      applicants: world.victig.applicants.size,
      orders: world.victig.orders.size,
      ordersByStatus: ordersByStatus(world),
      callbacks: world.victig.callbacks.length,
      deliveries: deliveryCounts(world, 'victig'),
      behaviour: world.victig.behaviour,
    },
    faults: world.faults.list().length,
  }));

  // Every call with its time and credential, oldest first: enough to check a rate limit from outside.
  scope.get('/calls', (request) => {
    const query = objectOf(request.query);
    const vendor = VENDORS.find((known) => known === textAt(query, 'vendor'));
    const operation = textAt(query, 'operation');
    return world.journal
      .calls(Number(textAt(query, 'after') ?? 0) || 0)
      .filter((call) => vendor === undefined || call.vendor === vendor)
      .filter((call) => operation === undefined || call.operation === operation);
  });
}

async function reset(world: World): Promise<JsonObject> {
  await resetWorld(world);
  return { reset: true };
}

function deliveryCounts(world: World, vendor: Vendor): JsonObject {
  const counts = { waiting: 0, delivered: 0, failed: 0, dropped: 0 };
  for (const { state } of world.outbox.list(vendor)) counts[state] += 1;
  return counts;
}

function ordersByStatus(world: World): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of world.victig.orders.values()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
