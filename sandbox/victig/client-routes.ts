import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import { sendPage } from './paging.ts';
import { demandClientType, findClient, maySee } from './tokens.ts';
import type { TokenOf } from './tokens.ts';
import { notFound } from './victig-errors.ts';
import type { Client, ClientProduct } from './victig-state.ts';

const SUPPORT = 'Support TazWorks 126';

interface ClientParams {
  client: string;
}

export function clientRoutes(scope: FastifyInstance, world: World, tokenOf: TokenOf): void {
  scope.get('/clients', (request, reply) => {
    const token = tokenOf(request);
    const clients = [...world.victig.clients.values()].filter((client) => maySee(token, client.clientGuid));
    return sendPage(request, reply, clients.length, (position) => listedClient(clients[position]));
  });

  scope.get<{ Params: ClientParams }>('/clients/:client', (request) => {
    const token = tokenOf(request);
    demandClientType(token);
    return singleClient(findClient(world, token, request.params.client), world);
  });

  scope.get<{ Params: ClientParams }>('/clients/:client/products', (request, reply) => {
    const { products } = findClient(world, tokenOf(request), request.params.client);
    return sendPage(request, reply, products.length, (position) => listedProduct(products[position]));
  });

  scope.get<{ Params: ClientParams & { product: string } }>(
    '/clients/:client/products/:product',
    (request) => {
      const token = tokenOf(request);
      demandClientType(token);
      const { products } = findClient(world, token, request.params.client);
      const product = products.find(({ clientProductGuid }) => clientProductGuid === request.params.product);
      if (!product) throw notFound('Product');
      return listedProduct(product);
    },
  );
}

/** No city in the list (recorded). */
function listedClient(client: Client | undefined): JsonObject | undefined {
  return (
    client && {
      clientGuid: client.clientGuid,
      name: client.name,
      code: client.code,
      status: client.status ?? 'ACTIVE',
      contactName: 'Bob',
      contactEmail: 'success@simulator.amazonses.com',
      createdBy: SUPPORT,
      modifiedDate: client.modifiedDate,
      modifiedBy: SUPPORT,
    }
  );
}

/** Unverified: one integration describes the single record with these keys. */
function singleClient(client: Client, world: World): JsonObject {
  const parent = client.parentGuid === null ? undefined : world.victig.clients.get(client.parentGuid);
  return {
    guid: client.clientGuid,
    name: client.name,
    code: client.code,
    ...(parent ? { parentId: parent.clientGuid, parentName: parent.name } : {}),
    status: client.status ?? 'ACTIVE',
    contact: 'Bob',
    email: 'success@simulator.amazonses.com',
    physicalAddress: {
      streetOne: '1 Main Street',
      city: client.city,
      state: 'CA',
      zipCode: '94607',
      country: 'US',
    },
  };
}

function listedProduct(product: ClientProduct | undefined): JsonObject | undefined {
  return (
    product && {
      clientProductGuid: product.clientProductGuid,
      productGuid: product.productGuid,
      productName: product.productName,
      dateModified: product.dateModified,
      modifiedBy: SUPPORT,
      usesQuickapp: product.usesQuickapp,
    }
  );
}
