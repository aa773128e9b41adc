import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { flagAt, nullableTextAt, objectOf, textAt, textsAt } from '../json.ts';
import { DEFAULT_PRODUCTS, newProduct } from '../victig/new-product.ts';
import { TOKEN_TYPES } from '../victig/victig-state.ts';
import type { CallbackTarget, Client, Token } from '../victig/victig-state.ts';
import type { World } from '../world.ts';
import { missing } from './drive-errors.ts';
import { demandOneOf, demandText, patchSettings } from './drive-input.ts';

/** VICTIG's set-up: tokens, clients, products, and where callbacks go. */
export function driveVictigAccount(scope: FastifyInstance, world: World): void {
  scope.patch('/victig/behaviour', (request) => {
    patchSettings(world.victig.behaviour, objectOf(request.body), []);
    return world.victig.behaviour;
  });

  scope.post('/victig/tokens', (request, reply) => {
    const body = objectOf(request.body);
    const token: Token = {
      token: demandText(body, 'token'),
      type: demandOneOf({ type: 'ORDER', ...body }, 'type', TOKEN_TYPES),
      application: textAt(body, 'application') ?? 'Another Agency - Sandbox ',
      clientGuids: textsAt(body, 'clientGuids') ?? null,
    };
    world.victig.tokens.set(token.token, token);
    return reply.code(201).send(token);
  });

  scope.delete<{ Params: { token: string } }>('/victig/tokens/:token', (request, reply) => {
    if (!world.victig.tokens.delete(request.params.token)) throw missing('token');
    return reply.code(204).send();
  });

  scope.get('/victig/clients', () => [...world.victig.clients.values()]);

  scope.post('/victig/clients', (request, reply) => {
    const body = objectOf(request.body);
    const name = demandText(body, 'name');
    const client: Client = {
      clientGuid: textAt(body, 'clientGuid') ?? randomUUID(),
      parentGuid: textAt(body, 'parentGuid') ?? null,
      name,
      code: textAt(body, 'code') ?? randomUUID(),
      city: textAt(body, 'city') ?? '',
      status: textAt(body, 'status'),
      modifiedDate: world.now(),
      products: (textsAt(body, 'products') ?? DEFAULT_PRODUCTS).map((product) =>
        newProduct(product, world.now()),
      ),
    };
    world.victig.clients.set(client.clientGuid, client);
    return reply.code(201).send(client);
  });

  scope.post('/victig/products', (request, reply) => {
    const body = objectOf(request.body);
    const client = world.victig.clients.get(demandText(body, 'clientGuid'));
    if (!client) throw missing('client');
    const product = newProduct(demandText(body, 'name'), world.now(), textAt(body, 'clientProductGuid'));
    product.usesQuickapp = flagAt(body, 'usesQuickapp') ?? true;
    client.products.push(product);
    return reply.code(201).send(product);
  });

  scope.delete<{ Params: { guid: string } }>('/victig/products/:guid', (request, reply) => {
    for (const client of world.victig.clients.values()) {
      client.products = client.products.filter(
        (product) => product.clientProductGuid !== request.params.guid,
      );
    }
    return reply.code(204).send();
  });

  scope.get('/victig/callbacks', () => world.victig.callbacks);

  scope.post('/victig/callbacks', (request, reply) => {
    const body = objectOf(request.body);
    const target: CallbackTarget = {
      url: demandText(body, 'url'),
      authorization: nullableTextAt(body, 'authorization') ?? null,
      clientGuid: textAt(body, 'clientGuid') ?? null,
    };
    world.victig.callbacks.push(target);
    return reply.code(201).send(target);
  });

  scope.delete('/victig/callbacks', (_request, reply) => {
    world.victig.callbacks = [];
    return reply.code(204).send();
  });
}
