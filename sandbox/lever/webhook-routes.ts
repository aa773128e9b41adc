import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { objectOf, objectsAt, textAt, textsAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import type { Authorize } from './credentials.ts';
import { LeverError, notFound } from './lever-errors.ts';
import { ORIGINS, WEBHOOK_EVENTS } from './lever-state.ts';
import type { Credential, Webhook } from './lever-state.ts';
import type { IdParams } from './lookups.ts';
import { newToken } from './webhook-events.ts';

export function webhookRoutes(scope: FastifyInstance, world: World, authorize: Authorize): void {
  scope.post('/webhooks', (request, reply) => {
    const { account } = authorize(request, 'webhooks:write');
    const body = objectOf(request.body);
    const event = textAt(body, 'event');
    const url = textAt(body, 'url');
    if (url === undefined || event === undefined) throw new LeverError(400, 'url and event are required');
    if (!WEBHOOK_EVENTS.some((known) => known === event)) throw new LeverError(400, `unknown event ${event}`);
    const nowMs = world.now();
    // No check for an equal one: two POSTs made two webhooks (recorded).
    const webhook: Webhook = {
      id: randomUUID(),
      account,
      event,
      url,
      origins: originsIn(body) ?? [...ORIGINS],
      signatureToken: newToken(),
      createdAt: nowMs,
      updatedAt: nowMs,
      byApi: true,
    };
    world.lever.webhooks.set(webhook.id, webhook);
    world.journal.countWrite('lever', 'webhooksCreated');
    const view = webhookView(webhook, true);
    return reply.code(201).send({ data: world.lever.behaviour.doubleNestedWebhook ? { data: view } : view });
  });

  scope.get('/webhooks', (request) => {
    const { account } = authorize(request, 'webhooks:read');
    const own = [...world.lever.webhooks.values()].filter((webhook) => webhook.account === account);
    // Recorded without `hasNext`.
    return { data: own.map((webhook) => webhookView(webhook, false)) };
  });

  scope.put('/webhooks', (request) => {
    const credential = authorize(request, 'webhooks:write');
    const changes = objectsAt(objectOf(request.body), 'data');
    if (!changes) throw new LeverError(400, 'data must be an array of webhooks');
    const changed = changes.map((change) => {
      const webhook = findWebhook(world, credential, textAt(change, 'id') ?? '');
      webhook.url = textAt(change, 'url') ?? webhook.url;
      webhook.origins = originsIn(change) ?? webhook.origins;
      webhook.updatedAt = world.now();
      return webhookView(webhook, false);
    });
    return { data: changed };
  });

  scope.delete<{ Params: IdParams }>('/webhooks/:id', (request, reply) => {
    const credential = authorize(request, 'webhooks:write');
    world.lever.webhooks.delete(findWebhook(world, credential, request.params.id).id);
    world.journal.countWrite('lever', 'webhooksDeleted');
    return reply.code(204).send();
  });
}

/** Only webhooks made by the API can be changed by it; the status of the refusal is guessed. */
function findWebhook(world: World, credential: Credential, id: string): Webhook {
  const webhook = world.lever.webhooks.get(id);
  if (!webhook || webhook.account !== credential.account) throw notFound('webhook', id);
  if (!webhook.byApi) throw new LeverError(403, 'Only webhooks created by the API can be changed');
  return webhook;
}

function originsIn(body: JsonObject): string[] | undefined {
  return textsAt(objectOf(objectOf(body['configuration'])['conditions']), 'origins');
}

/** The signature token shows in the answer to POST and never again. */
function webhookView(webhook: Webhook, withToken: boolean): JsonObject {
  const { id, event, url, origins, signatureToken, createdAt, updatedAt } = webhook;
  const configuration = { conditions: { origins }, ...(withToken ? { signatureToken } : {}) };
  return { id, event, url, configuration, createdAt, updatedAt };
}
