import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import type { Opportunity, Webhook } from './lever-state.ts';

/** Lever's signature: hex HMAC-SHA256 over token and time, without a separator. The body is not signed. */
export function sign(signatureToken: string, token: string, triggeredAtMs: number): string {
  return createHmac('sha256', signatureToken).update(`${token}${triggeredAtMs}`).digest('hex');
}

/** 24 random bytes as 48 hex digits: the form of delivery tokens and of signature tokens. */
export function newToken(): string {
  return randomBytes(24).toString('hex');
}

/** Sends one event of an opportunity to every webhook of its account that wants it. Answers the bodies sent. */
export function fireEvent(
  world: World,
  event: string,
  opportunity: Opportunity,
  extra: JsonObject,
): JsonObject[] {
  const { behaviour, webhooks } = world.lever;
  if (behaviour.silentEvents.includes(event)) return [];
  const data = {
    opportunityId: opportunity.id,
    candidateId: behaviour.candidateIdIsOpportunityId ? opportunity.id : randomUUID(),
    contactId: opportunity.contact,
    ...extra,
  };
  return [...webhooks.values()]
    .filter((webhook) => webhook.event === event && webhook.account === opportunity.account)
    .filter((webhook) => webhook.origins.includes(opportunity.origin))
    .map((webhook) => post(world, webhook, data, behaviour.webhookId ? randomUUID() : undefined));
}

/** What the "Verify connection" button sends: properly signed, no data, no id. */
export function firePing(world: World, webhook: Webhook): JsonObject {
  return post(world, webhook, {}, undefined);
}

function post(world: World, webhook: Webhook, data: JsonObject, id: string | undefined): JsonObject {
  const { behaviour } = world.lever;
  const compose = (): JsonObject => {
    const token = newToken();
    const triggeredAt = world.now();
    const signature =
      webhook.signatureToken === null ? {} : { signature: sign(webhook.signatureToken, token, triggeredAt) };
    return {
      ...(id === undefined ? {} : { id }),
      event: webhook.event,
      triggeredAt,
      data,
      token,
      ...signature,
    };
  };
  const body = compose();
  world.outbox.send({
    vendor: 'lever',
    event: webhook.event,
    url: webhook.url,
    headers: { 'content-type': 'application/json', 'user-agent': 'Lever-Webhooks' },
    body: JSON.stringify(body),
    retryGapsMs: behaviour.retryGapsMs,
    timeoutMs: behaviour.deliveryTimeoutMs,
    ...(behaviour.freshTokenOnRetry ? { renew: () => JSON.stringify(compose()) } : {}),
  });
  return body;
}
