import type { FastifyInstance } from 'fastify';
import { objectOf, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { finishQuickapp } from '../victig/order-life.ts';
import { quickappIsOpen } from '../victig/order-view.ts';
import type { Order } from '../victig/victig-state.ts';
import type { World } from '../world.ts';
import { DriveError } from './drive-errors.ts';
import { findOrder } from './drive-victig-orders.ts';
import type { OrderParams } from './drive-victig-orders.ts';

const DAY_MS = 86_400_000;

/** What the form asks for; nothing else of a body is kept. */
const REQUIRED = {
  dateOfBirth: /^\d{4}-\d{2}-\d{2}$/,
  ssn: /^\d{3}-?\d{2}-?\d{4}$/,
  street: /\S/,
  city: /\S/,
  state: /^[A-Z]{2}$/,
  zip: /^\d{5}$/,
} as const;

/** The candidate's form and the life of its invitation. */
export function driveQuickApp(scope: FastifyInstance, world: World): void {
  scope.post<{ Params: OrderParams }>('/victig/orders/:order/quickapp', (request) => {
    const order = findOrder(world, request.params.order);
    demandOpen(world, order);
    keepAnswers(world, order, readForm(objectOf(request.body)));
    const { skipAppReady } = world.victig.behaviour;
    const sent = finishQuickapp(world, order, { skipAppReady, stopAtAppReady: false });
    return { orderGuid: order.orderGuid, status: order.status, sent };
  });

  // Time runs out for the candidate, as it does by itself after `quickappDaysActive`.
  scope.post<{ Params: OrderParams }>('/victig/orders/:order/expire-quickapp', (request) => {
    const order = findOrder(world, request.params.order);
    demandOpen(world, order);
    order.quickappEndsAt = world.now();
    return { orderGuid: order.orderGuid, endsAt: order.quickappEndsAt };
  });

  // VICTIG's staff invite once more; the integration has no call for it.
  scope.post<{ Params: OrderParams }>('/victig/orders/:order/invite-again', (request) => {
    const order = findOrder(world, request.params.order);
    if (order.status !== 'app-pending')
      throw new DriveError(`The order is ${order.status}: no form waits.`, 409);
    order.quickappEndsAt = world.now() + world.victig.behaviour.quickappDaysActive * DAY_MS;
    return { orderGuid: order.orderGuid, endsAt: order.quickappEndsAt };
  });
}

function demandOpen(world: World, order: Order): void {
  if (order.status !== 'app-pending')
    throw new DriveError(`The order is ${order.status}: no form waits.`, 409);
  if (!quickappIsOpen(order, world)) throw new DriveError('The invitation has expired.', 409);
}

/** Everything that is missing or wrong is named at once. */
function readForm(body: JsonObject): Record<keyof typeof REQUIRED, string> {
  const wrong = Object.entries(REQUIRED).filter(([name, form]) => !form.test(textAt(body, name) ?? ''));
  const names = wrong.map(([name]) => name);
  if (body['consent'] !== true) names.push('consent');
  if (names.length > 0) throw new DriveError(`Missing or not understood: ${names.join(', ')}.`);
  return body as Record<keyof typeof REQUIRED, string>;
}

function keepAnswers(world: World, order: Order, form: Record<keyof typeof REQUIRED, string>): void {
  const applicant = world.victig.applicants.get(order.applicantGuid);
  if (!applicant) return;
  const { dateOfBirth, ssn, street, city, state, zip } = form;
  Object.assign(applicant.fields, { dateOfBirth, ssn });
  applicant.addresses = [{ streetOne: street, city, stateOrProvince: state, postalCode: zip, country: 'US' }];
}
