import type { FastifyInstance } from 'fastify';
import { FAULT_KINDS, VENDORS } from '../faults.ts';
import type { FaultOrder } from '../faults.ts';
import { numberAt, objectOf, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { NO_OUTGOING_FAULTS } from '../outbox.ts';
import type { World } from '../world.ts';
import { DriveError, missing } from './drive-errors.ts';
import { chanceAt, demandOneOf } from './drive-input.ts';

const SLOW_MS = 1_000;

export function driveFaults(scope: FastifyInstance, world: World): void {
  scope.post('/faults', (request, reply) =>
    reply.code(201).send(world.faults.add(readFault(objectOf(request.body)))),
  );
  scope.get('/faults', () => world.faults.list());
  scope.delete('/faults', (_request, reply) => {
    world.faults.clear();
    return reply.code(204).send();
  });
  scope.post('/faults/let-go', (_request, reply) => {
    world.faults.letGo();
    return reply.code(204).send();
  });
  scope.delete<{ Params: { id: string } }>('/faults/:id', (request, reply) => {
    if (!world.faults.remove(Number(request.params.id))) throw missing('fault');
    return reply.code(204).send();
  });

  scope.post('/outgoing', (request) => {
    const body = objectOf(request.body);
    const vendor = demandOneOf(body, 'vendor', VENDORS);
    world.outbox.setFaults(vendor, {
      drop: chanceAt(body, 'drop', NO_OUTGOING_FAULTS.drop),
      duplicate: chanceAt(body, 'duplicate', NO_OUTGOING_FAULTS.duplicate),
      delayMs: numberAt(body, 'delayMs') ?? NO_OUTGOING_FAULTS.delayMs,
      jitterMs: numberAt(body, 'jitterMs') ?? NO_OUTGOING_FAULTS.jitterMs,
      seed: numberAt(body, 'seed') ?? NO_OUTGOING_FAULTS.seed,
    });
    return { vendor, ...world.outbox.faults(vendor) };
  });
}

function readFault(body: JsonObject): FaultOrder {
  const match = objectOf(body['match']);
  const kind = demandOneOf(body, 'kind', FAULT_KINDS);
  const delayMs = numberAt(body, 'delayMs') ?? (kind === 'slow' ? SLOW_MS : 0);
  return {
    label: textAt(body, 'label') ?? null,
    vendor: demandOneOf(body, 'vendor', VENDORS),
    method: textAt(match, 'method')?.toUpperCase() ?? null,
    path: readPattern(textAt(match, 'path')),
    kind,
    status: numberAt(body, 'status') ?? 500,
    body: body['body'] ?? { message: 'Sandbox fault' },
    headers: readHeaders(objectOf(body['headers'])),
    delayMs,
    times: body['times'] === null ? null : (numberAt(body, 'times') ?? 1),
    probability: chanceAt(body, 'probability', 1),
    seed: numberAt(body, 'seed') ?? 1,
  };
}

/** As it was written, so that whoever ordered the fault knows it again. */
function readPattern(source: string | undefined): string | null {
  if (source === undefined) return null;
  try {
    RegExp(source);
    return source;
  } catch {
    throw new DriveError(`"match.path" is not a regular expression: ${source}`);
  }
}

function readHeaders(headers: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
