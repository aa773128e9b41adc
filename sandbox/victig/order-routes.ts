import type { FastifyInstance } from 'fastify';
import { objectOf, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import { applicantDetail, truthy } from './applicant-view.ts';
import { openOrder } from './order-life.ts';
import { keyedReportLink, orderAnswer, orderDetail, orderStatusView, orderSummary } from './order-view.ts';
import { sendPage } from './paging.ts';
import { searchView } from './search-view.ts';
import { findClient } from './tokens.ts';
import type { TokenOf } from './tokens.ts';
import { invalid, invalidFields, notFound } from './victig-errors.ts';
import type { Applicant, Client, ClientProduct, Order } from './victig-state.ts';

interface ListParams {
  client: string;
}
interface OneParams extends ListParams {
  order: string;
}

export function orderRoutes(scope: FastifyInstance, world: World, tokenOf: TokenOf): void {
  const orderOf = (request: Parameters<TokenOf>[0] & { params: OneParams }): Order => {
    const { clientGuid } = findClient(world, tokenOf(request), request.params.client);
    const order = world.victig.orders.get(request.params.order);
    if (order?.clientGuid !== clientGuid) throw notFound('Order');
    return order;
  };

  scope.post<{ Params: ListParams }>('/clients/:client/orders', (request, reply) => {
    const token = tokenOf(request);
    const client = findClient(world, token, request.params.client);
    const body = objectOf(request.body);
    const { applicant, product } = orderedParts(world, client, body);
    demandCertification(world, body);
    const order = openOrder(world, applicant, product, body, token.application);
    return reply.code(201).send(orderAnswer(order, world));
  });

  scope.get<{ Params: ListParams }>('/clients/:client/orders', (request, reply) => {
    const { clientGuid } = findClient(world, tokenOf(request), request.params.client);
    const orders = world.victig.ordersOf.get(clientGuid) ?? [];
    return sendPage(request, reply, orders.length, (position) => {
      const order = orders[orders.length - 1 - position];
      return order && orderSummary(order, world);
    });
  });

  scope.get<{ Params: OneParams }>('/clients/:client/orders/:order', (request) =>
    orderDetail(orderOf(request), world),
  );

  scope.get<{ Params: OneParams }>('/clients/:client/orders/:order/status', (request) =>
    orderStatusView(orderOf(request), world),
  );

  scope.get<{ Params: OneParams }>('/clients/:client/orders/:order/resultsAsPdf', (request) => {
    const order = readyOrder(orderOf(request));
    return {
      resultsUrl: `${keyedReportLink(order, world)}&format=pdf`,
      externalIdentifier: order.externalIdentifier ?? undefined,
    };
  });

  // The older form: the address alone, as a JSON string.
  scope.get<{ Params: OneParams }>('/clients/:client/orders/:order/resultsPdf', (request, reply) => {
    const order = readyOrder(orderOf(request));
    return reply.type('application/json').send(JSON.stringify(`${keyedReportLink(order, world)}&format=pdf`));
  });

  scope.get<{ Params: OneParams }>('/clients/:client/orders/:order/searches', (request) =>
    searchesOf(orderOf(request), false),
  );

  scope.get<{ Params: OneParams }>('/clients/:client/orders/:order/searches/results', (request) =>
    searchesOf(orderOf(request), true),
  );

  scope.get<{ Params: OneParams & { search: string } }>(
    '/clients/:client/orders/:order/searches/:search/results',
    (request) => {
      const { searches } = orderOf(request);
      const search = searches.find(({ orderSearchGuid }) => orderSearchGuid === request.params.search);
      if (!search) throw notFound('Search');
      return searchView(search, true);
    },
  );

  // Singular `order`, as the one integration that uses it does.
  scope.get<{ Params: OneParams }>('/clients/:client/order/:order/applicant/pullFromOrder', (request) => {
    const applicant = world.victig.applicants.get(orderOf(request).applicantGuid);
    if (!applicant) throw notFound('Applicant');
    return applicantDetail(applicant);
  });
}

/** Applicant and product must belong to the client in the path. */
function orderedParts(
  world: World,
  client: Client,
  body: JsonObject,
): { applicant: Applicant; product: ClientProduct } {
  const applicantGuid = textAt(body, 'applicantGuid');
  const productGuid = textAt(body, 'clientProductGuid');
  const applicant = world.victig.applicants.get(applicantGuid ?? '');
  const product = client.products.find(({ clientProductGuid }) => clientProductGuid === productGuid);
  const ownApplicant = applicant?.clientGuid === client.clientGuid ? applicant : undefined;
  if (ownApplicant && product) return { applicant: ownApplicant, product };
  throw invalidFields({
    ...(ownApplicant ? {} : { applicantGuid: [identifierFault('Applicant', applicantGuid)] }),
    ...(product ? {} : { clientProductGuid: [identifierFault('Client product', productGuid)] }),
  });
}

function searchesOf({ searches, additions }: Order, withResults: boolean): JsonObject[] {
  return searches.map((search) => ({ ...additions.search, ...searchView(search, withResults) }));
}

function identifierFault(label: string, guid: string | undefined): string {
  return guid === undefined || guid === ''
    ? `${label} identifier is required.`
    : `${label} identifier is invalid.`;
}

/** Live QuickApp orders have been refused for this; the recorded sandbox took one without. Off by default. */
function demandCertification(world: World, body: JsonObject): void {
  if (!world.victig.behaviour.requireCertification || truthy(body['certifyPermissiblePurpose'])) return;
  throw invalid('Permissible purpose must be certified.');
}

function readyOrder(order: Order): Order {
  if (order.status === 'complete') return order;
  throw invalid(`Report results are not available for orders in ${order.status} status.`);
}
