import { randomBytes, randomUUID } from 'node:crypto';
import { textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import { truthy } from './applicant-view.ts';
import { fireOrderEvent, fireSearchCompleted } from './callbacks.ts';
import { appendTo } from './victig-state.ts';
import type { Applicant, ClientProduct, Order, OrderSearch } from './victig-state.ts';

/** How a search ended, for `completeOrder`. */
export interface SearchOutcome {
  displayName: string;
  status: string;
  result: string;
}

export interface Completion {
  flagged: boolean;
  /** Invention: the decision selected on the report; null: none. */
  decision: string | null;
  /** Null: every search of the product ends clear. */
  searches: SearchOutcome[] | null;
}

/** Takes an order, invites the applicant when a QuickApp is wanted, and fires `order.created`. */
export function openOrder(
  world: World,
  applicant: Applicant,
  product: ClientProduct,
  body: JsonObject,
  requestedBy: string,
): Order {
  const nowMs = world.now();
  const usesQuickapp = truthy(body['useQuickApp']);
  const status = usesQuickapp ? 'app-pending' : 'pending';
  world.victig.lastFileNumber += 1;
  const order: Order = {
    orderGuid: randomUUID(),
    clientGuid: applicant.clientGuid,
    fileNumber: world.victig.lastFileNumber,
    status,
    applicantGuid: applicant.applicantGuid,
    product,
    externalIdentifier: world.victig.behaviour.losesIdentifiers
      ? null
      : (textAt(body, 'externalIdentifier') ?? null),
    reference: textAt(body, 'generalReportReference') ?? null,
    orderNotes: textAt(body, 'orderNotes') ?? null,
    usesQuickapp,
    notifiesApplicant: truthy(body['quickappNotifyApplicants']),
    requestedBy,
    flagged: false,
    decision: null,
    searches: product.searches.map((search) => newSearch(search.type, search.displayName, nowMs)),
    createdDate: nowMs,
    modifiedDate: nowMs,
    modifiedBy: requestedBy,
    completedDate: null,
    reportKey: randomBytes(24).toString('hex'),
    quickappKey: randomBytes(24).toString('hex'),
    requestBody: body,
    history: [{ status, at: nowMs }],
    additions: { detail: {}, search: {} },
  };
  world.victig.orders.set(order.orderGuid, order);
  appendTo(world.victig.ordersOf, order.clientGuid, order);
  appendTo(world.victig.ordersOfApplicant, order.applicantGuid, order);
  world.journal.countWrite('victig', 'ordersCreated');
  fireOrderEvent(world, 'order.created', order);
  return order;
}

/** The applicant completes the QuickApp: `app-ready`, then `pending` unless `stopAtAppReady`. */
export function finishQuickapp(
  world: World,
  order: Order,
  options: { skipAppReady: boolean; stopAtAppReady: boolean },
): JsonObject[] {
  if (!options.skipAppReady) setStatus(world, order, 'app-ready');
  if (!options.stopAtAppReady) setStatus(world, order, 'pending');
  return fireOrderEvent(world, 'order.quickapp.completed', order);
}

/** Any status; the two that end an order fire their event. There is no event for the others. */
export function advanceOrder(world: World, order: Order, status: string): JsonObject[] {
  if (status === 'canceled') return cancelOrder(world, order);
  if (status === 'complete') {
    return completeOrder(world, order, { flagged: order.flagged, decision: order.decision, searches: null });
  }
  setStatus(world, order, status);
  return [];
}

export function completeOrder(world: World, order: Order, completion: Completion): JsonObject[] {
  const nowMs = world.now();
  if (completion.searches) {
    order.searches = completion.searches.map((outcome) => searchFor(order, outcome, nowMs));
  } else {
    for (const search of order.searches) {
      Object.assign(search, { status: 'complete', result: search.result ?? 'no', modifiedDate: nowMs });
    }
  }
  order.flagged = completion.flagged;
  order.decision = completion.decision;
  setStatus(world, order, 'complete');
  order.completedDate = nowMs;
  const sent = order.searches
    .filter((search) => search.status === 'complete')
    .flatMap((search) => fireSearchCompleted(world, order, search));
  return [...sent, ...fireOrderEvent(world, 'order.completed', order)];
}

/** Invention: no endpoint to cancel is known; VICTIG's staff do it by hand. */
export function cancelOrder(world: World, order: Order): JsonObject[] {
  setStatus(world, order, 'canceled');
  return fireOrderEvent(world, 'order.canceled', order);
}

/** Invention: a completed order goes back to work. No event is known for it. */
export function reopenOrder(world: World, order: Order): JsonObject[] {
  setStatus(world, order, 'pending');
  order.completedDate = null;
  return [];
}

/** The system's own changes have no author: `modifiedBy` is absent afterwards (recorded). */
function setStatus(world: World, order: Order, status: string): void {
  const nowMs = world.now();
  Object.assign(order, { status, modifiedDate: nowMs, modifiedBy: null });
  order.history.push({ status, at: nowMs });
}

function searchFor(order: Order, outcome: SearchOutcome, nowMs: number): OrderSearch {
  const known = order.searches.find(({ displayName }) => displayName === outcome.displayName);
  const search = known ?? newSearch('COUNTY_CRIMINAL_RECORD', outcome.displayName, nowMs);
  return { ...search, status: outcome.status, result: outcome.result, modifiedDate: nowMs };
}

function newSearch(type: string, displayName: string, nowMs: number): OrderSearch {
  return {
    orderSearchGuid: randomUUID(),
    type,
    displayName,
    status: 'pending',
    result: null,
    modifiedDate: nowMs,
  };
}
