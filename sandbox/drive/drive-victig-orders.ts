import type { FastifyInstance } from 'fastify';
import { flagAt, nullableTextAt, objectOf, objectsAt, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { applicantAnswer } from '../victig/applicant-view.ts';
import {
  advanceOrder,
  cancelOrder,
  completeOrder,
  finishQuickapp,
  openOrder,
  reopenOrder,
} from '../victig/order-life.ts';
import type { SearchOutcome } from '../victig/order-life.ts';
import { quickappLink } from '../victig/order-view.ts';
import type { Order } from '../victig/victig-state.ts';
import type { World } from '../world.ts';
import { DriveError, missing } from './drive-errors.ts';
import { demandText } from './drive-input.ts';

export interface OrderParams {
  /** A guid, or `latest`. */
  order: string;
}

/** The candidate and VICTIG's staff: finds orders and leads them through their life. */
export function driveVictigOrders(scope: FastifyInstance, world: World): void {
  scope.get('/victig/orders', (request) => {
    const query = objectOf(request.query);
    const externalIdentifier = textAt(query, 'externalIdentifier');
    const opportunity = textAt(query, 'opportunity');
    const emails = opportunity === undefined ? undefined : emailsOf(world, opportunity);
    return [...world.victig.orders.values()]
      .filter((order) => externalIdentifier === undefined || order.externalIdentifier === externalIdentifier)
      .filter((order) => emails === undefined || emails.includes(emailOf(world, order)))
      .map((order) => internalView(world, order));
  });

  scope.get<{ Params: { email: string } }>('/victig/orders/by-email/:email', (request) => {
    const email = request.params.email.toLowerCase();
    const order = [...world.victig.orders.values()].findLast(
      (candidate) => emailOf(world, candidate) === email,
    );
    if (!order) throw missing('order');
    return internalView(world, order);
  });

  scope.get<{ Params: OrderParams }>('/victig/orders/:order', (request) =>
    internalView(world, findOrder(world, request.params.order)),
  );

  const step = (name: string, take: (order: Order, body: JsonObject) => JsonObject[]): void => {
    scope.post<{ Params: OrderParams }>(`/victig/orders/:order/${name}`, (request) => {
      const order = findOrder(world, request.params.order);
      const sent = take(order, objectOf(request.body));
      return { orderGuid: order.orderGuid, status: order.status, sent };
    });
  };

  step('finish-quickapp', (order, body) => {
    if (order.status !== 'app-pending')
      throw new DriveError(`The order is ${order.status}: no form waits.`, 409);
    return finishQuickapp(world, order, {
      skipAppReady: flagAt(body, 'skipAppReady') ?? world.victig.behaviour.skipAppReady,
      stopAtAppReady: flagAt(body, 'stopAtAppReady') ?? false,
    });
  });
  step('advance', (order, body) => advanceOrder(world, order, demandText(body, 'status')));
  step('complete', (order, body) =>
    completeOrder(world, order, {
      flagged: flagAt(body, 'flagged') ?? false,
      decision: nullableTextAt(body, 'decision') ?? null,
      searches: objectsAt(body, 'searches')?.map(outcomeFrom) ?? null,
    }),
  );
  // What comes besides in every answer about the order and about its searches.
  step('additions', (order, body) => {
    order.additions = { detail: objectOf(body['detail']), search: objectOf(body['search']) };
    return [];
  });
  step('cancel', (order) => cancelOrder(world, order));
  step('reopen', (order) => reopenOrder(world, order));

  // An order that VICTIG's staff placed by hand, for a client and an applicant that exist.
  scope.post('/victig/orders', (request, reply) => {
    const body = objectOf(request.body);
    const applicant = world.victig.applicants.get(demandText(body, 'applicantGuid'));
    if (!applicant) throw missing('applicant');
    const products = world.victig.clients.get(applicant.clientGuid)?.products ?? [];
    const product = products.find(({ clientProductGuid }) => clientProductGuid === body['clientProductGuid']);
    if (!product) throw missing('product');
    const order = openOrder(world, applicant, product, body, 'VICTIG staff');
    return reply.code(201).send(internalView(world, order));
  });
}

/** @throws DriveError when there is none */
export function findOrder(world: World, guid: string): Order {
  const order = guid === 'latest' ? [...world.victig.orders.values()].at(-1) : world.victig.orders.get(guid);
  if (!order) throw missing('order');
  return order;
}

function emailOf(world: World, order: Order): string {
  const applicant = world.victig.applicants.get(order.applicantGuid);
  return (applicant && textAt(applicant.fields, 'email')?.toLowerCase()) ?? '';
}

function emailsOf(world: World, opportunityId: string): string[] {
  const emails = world.lever.opportunities.get(opportunityId)?.emails ?? [];
  return emails.map((email) => email.toLowerCase());
}

function outcomeFrom(search: JsonObject): SearchOutcome {
  return {
    displayName: demandText(search, 'displayName'),
    status: textAt(search, 'status') ?? 'complete',
    result: textAt(search, 'result') ?? 'no',
  };
}

/** Everything about an order, the bodies that were received included. */
function internalView(world: World, order: Order): JsonObject {
  const { requestBody, product, ...rest } = order;
  const applicant = world.victig.applicants.get(order.applicantGuid);
  return {
    ...rest,
    productName: product.productName,
    clientProductGuid: product.clientProductGuid,
    clientName: world.victig.clients.get(order.clientGuid)?.name,
    quickappLink: order.usesQuickapp ? quickappLink(order, world) : null,
    applicant: applicant && applicantAnswer(applicant),
    received: { applicant: applicant?.requestBodies ?? [], order: requestBody },
  };
}
