import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import type { Principal } from '../../platform/access/principal.js';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { DeliveryList, type DeliveryConditions } from './delivery-list.js';
import { REPLAY_CAP, type ReplayDto, type ReplayEffect } from './delivery.dto.js';
import { isFinal, type OrderStatus } from '../domain/order-status.js';
import { placeOrder, takeCallback } from '../jobs.js';
import { OrderBook } from '../order-book.js';
import { orderOfCallback } from '../following/order-of-callback.js';

/** The deliveries that conditions name. */
interface Chosen {
  replayable: readonly Delivery[];
  notReplayable: readonly Delivery[];
}

/** How many replays of one delivery are kept beside it; the audit trail has them all. */
const MOST_REPLAYS = 20;

/** Of these events of Lever nothing is decided (T5). */
const OTHER_EVENT = 'other_event';

/**
 * Has deliveries decided once more, as if they had just come in. Nothing is ordered twice: what a delivery means is
 * decided by what Lever and VICTIG say now, and one entry of a stage is one decision (T7).
 */
@Injectable()
export class ReplayDeliveries {
  constructor(
    private readonly deliveries: DeliveryList,
    private readonly book: OrderBook,
    private readonly clock: Clock,
    private readonly audit: AuditTrail,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
  ) {}

  /** @throws DomainError `delivery_not_found`, `not_replayable` */
  async one(principal: Principal, id: string): Promise<Delivery> {
    const delivery = await this.deliveries.readFor(principal, id);
    if (!isReplayable(delivery)) {
      throw new DomainError(
        'conflict',
        'not_replayable',
        'The delivery names nothing that could be decided.',
      );
    }
    await this.replay(principal.actor, delivery, undefined);
    return this.deliveries.readFor(principal, id);
  }

  async preview(principal: Principal, conditions: DeliveryConditions): Promise<ReplayDto> {
    return this.shown(false, await this.choose(principal, conditions));
  }

  /**
   * @param expected how many the preview named
   * @param reason why; stays on record
   * @throws DomainError `preview_outdated` when they are not as many any more: look again
   */
  async many(
    principal: Principal,
    conditions: DeliveryConditions,
    { expected, reason }: { expected: number; reason: string },
  ): Promise<ReplayDto> {
    const chosen = await this.choose(principal, conditions);
    const { replayable } = chosen;
    if (replayable.length !== expected) {
      throw new DomainError(
        'conflict',
        'preview_outdated',
        `It would be ${replayable.length} deliveries by now, not ${expected}: look at the preview again.`,
      );
    }
    const answer = await this.shown(true, chosen);
    // Oldest first, as they came in.
    for (const delivery of replayable.toReversed()) await this.replay(principal.actor, delivery, reason);
    return answer;
  }

  /** @throws DomainError `too_many` */
  private async choose(principal: Principal, conditions: DeliveryConditions): Promise<Chosen> {
    const found = await this.deliveries.find(principal, conditions, REPLAY_CAP + 1);
    if (found.length > REPLAY_CAP) {
      throw new DomainError(
        'invalid',
        'too_many',
        `More than ${REPLAY_CAP} deliveries meet the conditions: narrow them.`,
      );
    }
    return {
      replayable: found.filter(isReplayable),
      notReplayable: found.filter((delivery) => !isReplayable(delivery)),
    };
  }

  private async replay(actor: string, found: Delivery, reason: string | undefined): Promise<void> {
    const { installationId, id } = found;
    const order = found.source === 'victig' ? await orderOfCallback(this.book, found) : null;
    await this.transactions.run(async (tx) => {
      // As it is now: a job may be at it.
      const delivery = await tx.manager.findOneOrFail(Delivery, {
        where: { installationId, id },
        lock: { mode: 'pessimistic_write' },
      });
      const replays = [...delivery.replays, { at: this.clock.now().toISOString(), by: actor }];
      await tx.manager.update(Delivery, { installationId, id }, { replays: replays.slice(-MOST_REPLAYS) });
      await this.requeue(tx, delivery);
      const orderId = delivery.orderId ?? order?.id ?? null;
      const opportunityId = order?.opportunityId ?? delivery.facts['opportunityId'] ?? null;
      await this.audit.record(tx, {
        action: 'delivery.replayed',
        data: {
          deliveryId: id,
          outcome: delivery.outcome,
          ...(reason === undefined ? {} : { reason }),
        },
        actor,
        // A callback to the service's own route is its order's installation's to know of.
        installationId: order?.installationId ?? installationId,
        ...(orderId === null ? {} : { orderId }),
        ...(opportunityId === null ? {} : { opportunityId }),
      });
    });
  }

  private async requeue(tx: Transaction, delivery: Delivery): Promise<void> {
    const { installationId, id: deliveryId, outcome, facts } = delivery;
    const isCallback = delivery.source === 'victig';
    // A trigger that led to an order stays with that order; the job only goes on with it if it is open.
    if (isCallback || outcome === 'ignored') {
      await tx.manager.update(
        Delivery,
        { installationId, id: deliveryId },
        { outcome: 'queued', reason: null },
      );
    }
    if (isCallback) await this.jobs.send(tx, takeCallback, { installationId, deliveryId });
    else {
      const opportunityId = facts['opportunityId'] ?? '';
      await this.jobs.send(tx, placeOrder, { installationId, opportunityId, deliveryId });
    }
  }

  /** With what would happen, or happens, to each. */
  private async shown(replayed: boolean, { replayable, notReplayable }: Chosen): Promise<ReplayDto> {
    const orders = await this.book.statusesOf(replayable.flatMap(({ orderId }) => orderId ?? []));
    const effects = replayable.map((delivery) => {
      const status = delivery.orderId === null ? undefined : orders.get(delivery.orderId);
      const effect = effectOf(delivery, status);
      return { id: delivery.id, effect, message: EFFECTS[effect] };
    });
    return {
      replayed,
      count: replayable.length,
      ids: replayable.map(({ id }) => id),
      notReplayable: notReplayable.map(({ id }) => id),
      effects,
    };
  }
}

/** @param status of the order that it led to */
function effectOf({ source, outcome }: Delivery, status: OrderStatus | undefined): ReplayEffect {
  if (source === 'victig') return 'read_order';
  if (outcome !== 'acted_on' || status === undefined) return 'decide';
  return isFinal(status) ? 'nothing' : 'go_on';
}

function isReplayable({ source, facts, reason }: Delivery): boolean {
  if (source === 'victig') return Boolean(facts['orderGuid'] ?? facts['externalIdentifier']);
  return Boolean(facts['opportunityId']) && reason !== OTHER_EVENT;
}

const EFFECTS: Record<ReplayEffect, string> = {
  decide: 'Lever is asked about the candidate, and it is decided as if the stage change had just come in.',
  go_on: 'The order that it led to goes on at once; no other is placed.',
  nothing: 'The order that it led to has come to its end: nothing happens.',
  read_order: 'The order that the callback is about is read again at VICTIG.',
};
