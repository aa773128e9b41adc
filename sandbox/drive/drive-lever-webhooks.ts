import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { nullableTextAt, objectOf, textAt, textsAt } from '../json.ts';
import { ORIGINS, WEBHOOK_EVENTS } from '../lever/lever-state.ts';
import type { Webhook } from '../lever/lever-state.ts';
import { firePing, newToken } from '../lever/webhook-events.ts';
import { SEED } from '../seed.ts';
import type { World } from '../world.ts';
import { missing } from './drive-errors.ts';
import { demandOneOf, demandText } from './drive-input.ts';

/** Webhooks as an admin makes them in Lever's settings, and the log of their deliveries. */
export function driveLeverWebhooks(scope: FastifyInstance, world: World): void {
  scope.post('/lever/webhooks', (request, reply) => {
    const body = objectOf(request.body);
    const signatureToken = nullableTextAt(body, 'signatureToken');
    const nowMs = world.now();
    const webhook: Webhook = {
      id: randomUUID(),
      account: textAt(body, 'account') ?? SEED.lever.account,
      event: demandOneOf({ event: 'candidateStageChange', ...body }, 'event', WEBHOOK_EVENTS),
      url: demandText(body, 'url'),
      origins: textsAt(body, 'origins') ?? [...ORIGINS],
      signatureToken: signatureToken === undefined ? newToken() : signatureToken,
      createdAt: nowMs,
      updatedAt: nowMs,
      byApi: false,
    };
    world.lever.webhooks.set(webhook.id, webhook);
    return reply.code(201).send(webhook);
  });

  scope.get('/lever/webhooks', () => [...world.lever.webhooks.values()]);

  scope.delete('/lever/webhooks', (_request, reply) => {
    world.lever.webhooks.clear();
    return reply.code(204).send();
  });

  scope.delete<{ Params: { id: string } }>('/lever/webhooks/:id', (request, reply) => {
    if (!world.lever.webhooks.delete(request.params.id)) throw missing('webhook');
    return reply.code(204).send();
  });

  scope.post('/lever/webhooks/ping', (request) => {
    const webhook = world.lever.webhooks.get(demandText(objectOf(request.body), 'webhook'));
    if (!webhook) throw missing('webhook');
    return { sent: [firePing(world, webhook)] };
  });

  scope.get('/lever/deliveries', () => world.outbox.list('lever'));
  scope.get('/victig/deliveries', () => world.outbox.list('victig'));

  // "Rerun": the very same bytes once more.
  for (const vendor of ['lever', 'victig'] as const) {
    scope.post<{ Params: { n: string } }>(`/${vendor}/deliveries/:n/resend`, (request) => {
      const delivery = world.outbox.resend(Number(request.params.n));
      if (!delivery) throw missing('delivery');
      return delivery;
    });
  }
}
