import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import type { Principal } from '../../platform/access/principal.js';
import { Clock } from '../../platform/clock.js';
import { Transactions, type Transaction } from '../../platform/database/transactions.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { DeliveryList, type DeliveryConditions } from './delivery-list.js';
import { REPLAY_CAP, type ReplayDto } from './delivery.dto.js';
import type { Order } from '../domain/order.js';
import { runsUntold } from '../domain/withdrawal.js';
import { isDeparture, placeOrder, takeCallback } from '../jobs.js';
import { OrderBook } from '../order-book.js';
import { orderOfCallback } from '../following/order-of-callback.js';
import { keptUntil } from '../following/take-callback.js';
import { foretellReplay, type OrderOfCallback } from './replay-effect.js';

interface Replayable {
  delivery: Delivery;
  /** The order that a callback is about; null where it is not known, and for a delivery of Lever, which names the opportunity itself. */
  about: Order | null;
}

/** The deliveries that conditions name. */
interface Chosen {
  replayable: readonly Replayable[];
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
    private readonly installations: InstallationDirectory,
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
    const replayable = await this.withOrder(delivery);
    await this.transactions.run((tx) => this.replay(tx, principal.actor, replayable));
    return this.deliveries.readFor(principal, id);
  }

  async preview(principal: Principal, conditions: DeliveryConditions): Promise<ReplayDto> {
    return this.shown(false, await this.choose(principal, conditions));
  }

  /**
   * All of them or, where one cannot be replayed, none: the request may be sent again with its key (P3).
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
        `It would be ${replayable.length} ${replayable.length === 1 ? 'delivery' : 'deliveries'} by now, not ${expected}: look at the preview again.`,
      );
    }
    const answer = await this.shown(true, chosen);
    await this.transactions.run(async (tx) => {
      // Oldest first, as they came in.
      for (const one of replayable.toReversed()) await this.replay(tx, principal.actor, one, reason);
    });
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
      replayable: await Promise.all(found.filter(isReplayable).map((delivery) => this.withOrder(delivery))),
      notReplayable: found.filter((delivery) => !isReplayable(delivery)),
    };
  }

  private async withOrder(delivery: Delivery): Promise<Replayable> {
    return {
      delivery,
      about: delivery.source === 'victig' ? await orderOfCallback(this.book, delivery) : null,
    };
  }

  private async replay(
    tx: Transaction,
    actor: string,
    { delivery: { installationId, id }, about }: Replayable,
    reason?: string,
  ): Promise<void> {
    // As it is now: a job may be at it.
    const delivery = await tx.manager.findOneOrFail(Delivery, {
      where: { installationId, id },
      lock: { mode: 'pessimistic_write' },
    });
    const replays = [...delivery.replays, { at: this.clock.now().toISOString(), by: actor }];
    await tx.manager.update(Delivery, { installationId, id }, { replays: replays.slice(-MOST_REPLAYS) });
    await this.requeue(tx, delivery);
    const orderId = delivery.orderId ?? about?.id ?? null;
    const opportunityId = about?.opportunityId ?? delivery.facts['opportunityId'] ?? null;
    await this.audit.record(tx, {
      action: 'delivery.replayed',
      data: {
        deliveryId: id,
        outcome: delivery.outcome,
        ...(reason === undefined ? {} : { reason }),
      },
      actor,
      // A callback to the service's own route is its order's installation's to know of.
      installationId: about?.installationId ?? installationId,
      ...(orderId === null ? {} : { orderId }),
      ...(opportunityId === null ? {} : { opportunityId }),
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
    const orders = await this.book.standingsOf(replayable.flatMap(({ delivery }) => delivery.orderId ?? []));
    const states = await this.installations.statesOf(
      replayable.map(({ delivery }) => delivery.installationId),
    );
    // Those that are asked about at the same time are read by one statement.
    const effects = await Promise.all(
      replayable.map(async ({ delivery, about }) => {
        const order = delivery.orderId === null ? undefined : orders.get(delivery.orderId);
        const { effect, message } = foretellReplay(delivery, {
          order,
          installation: states.get(delivery.installationId),
          leftUnchecked: await this.leftUnchecked(delivery),
          callback: delivery.source === 'victig' ? this.knownOf(about, delivery) : undefined,
        });
        return { id: delivery.id, effect, message };
      }),
    );
    return {
      replayed,
      count: replayable.length,
      ids: replayable.map(({ delivery }) => delivery.id),
      notReplayable: notReplayable.map(({ id }) => id),
      effects,
    };
  }

  /** As it is found out when the callback is taken. */
  private knownOf(order: Order | null, delivery: Delivery): OrderOfCallback {
    if (order?.providerOrderGuid) return order.erasedAt === null ? 'placed' : 'erased';
    return keptUntil(delivery) <= this.clock.now() ? 'unknown' : 'awaited';
  }

  /** As it is found out when the delivery is decided, without asking Lever. */
  private async leftUnchecked(delivery: Delivery): Promise<boolean> {
    const { installationId, facts, outcome } = delivery;
    if (!isDeparture(delivery) || outcome === 'acted_on') return false;
    const order = await this.book.openOrLatest(installationId, facts['opportunityId'] ?? '');
    return !order || !runsUntold(order);
  }
}

function isReplayable({ source, facts, reason }: Delivery): boolean {
  if (source === 'victig') return Boolean(facts['orderGuid'] ?? facts['externalIdentifier']);
  return Boolean(facts['opportunityId']) && reason !== OTHER_EVENT;
}
