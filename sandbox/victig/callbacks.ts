import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import type { CallbackTarget, Order, OrderSearch } from './victig-state.ts';

export type OrderEvent = 'order.created' | 'order.quickapp.completed' | 'order.completed' | 'order.canceled';

/** Tells every target that wants it; answers the bodies sent. The payload carries no status. */
export function fireOrderEvent(world: World, event: OrderEvent, order: Order): JsonObject[] {
  return fire(world, order, {
    resourceGuid: order.orderGuid,
    event,
    resourcePath: orderPath(order),
    externalIdentifier: order.externalIdentifier,
  });
}

/** A search's callback has an explicit null in place of the order's `externalIdentifier`. */
export function fireSearchCompleted(world: World, order: Order, search: OrderSearch): JsonObject[] {
  return fire(world, order, {
    resourceGuid: search.orderSearchGuid,
    event: 'order.search.completed',
    resourcePath: `${orderPath(order)}/searches/${search.orderSearchGuid}`,
    externalIdentifier: null,
  });
}

interface Happening {
  resourceGuid: string;
  event: string;
  /** Without `/v1`. */
  resourcePath: string;
  externalIdentifier: string | null;
}

function fire(world: World, order: Order, happening: Happening): JsonObject[] {
  const { behaviour, callbacks, instanceGuid } = world.victig;
  if (behaviour.silentEvents.includes(happening.event)) return [];
  const nowMs = world.now();
  const { externalIdentifier, ...rest } = happening;
  const payload = {
    version: 1,
    ...rest,
    timestamp: behaviour.timestampUnit === 'ms' ? nowMs : Math.floor(nowMs / 1000),
    instanceGuid,
    baseClientGuid: order.clientGuid,
    externalIdentifier,
  };
  const body = JSON.stringify(payload);
  return callbacks
    .filter((target) => wants(world, target, order.clientGuid))
    .map((target) => {
      world.outbox.send({
        vendor: 'victig',
        event: happening.event,
        url: target.url,
        headers: {
          'content-type': 'application/json',
          ...(target.authorization === null ? {} : { authorization: target.authorization }),
        },
        body,
        retryGapsMs: behaviour.callbackRetryGapsMs,
        timeoutMs: behaviour.callbackTimeoutMs,
      });
      return payload;
    });
}

function wants(world: World, target: CallbackTarget, clientGuid: string): boolean {
  if (target.clientGuid === null || target.clientGuid === clientGuid) return true;
  return world.victig.clients.get(clientGuid)?.parentGuid === target.clientGuid;
}

function orderPath(order: Order): string {
  return `/clients/${order.clientGuid}/orders/${order.orderGuid}`;
}
