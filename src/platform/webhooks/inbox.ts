import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource, In } from 'typeorm';
import { Clock } from '../clock.js';
import { Transactions, type Transaction } from '../database/transactions.js';
import { Ids } from '../ids.js';
import type { JobDefinition } from '../jobs/job-definition.js';
import { JobQueue } from '../jobs/job-queue.js';
import { Delivery } from './delivery.entity.js';

/** What a door does with a delivery it let in. */
export type Reception<P extends object = object> =
  | { kind: 'queue'; job: JobDefinition<P>; payload: (deliveryId: string) => P; orderId?: string }
  | { kind: 'ignore'; reason: string };

export interface IncomingDelivery {
  installationId: string;
  source: 'lever' | 'victig';
  /** The same for two deliveries exactly if they are one and the same to the sender. */
  identity: string;
  event: string;
  facts: Record<string, string | null>;
  triggeredAt: Date;
}

/** Stands for the installation of a callback to the service's own route, until its order is found. */
export const EVERY_INSTALLATION = '00000000-0000-0000-0000-000000000000';

export interface DeliveryRef {
  installationId: string;
  deliveryId: string;
}

/** Keeps deliveries before they are answered, each once (T2, F1). */
@Injectable()
export class Inbox {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** Row and job in one transaction. A second delivery with the same identity changes nothing. */
  async accept<P extends object>(incoming: IncomingDelivery, reception: Reception<P>): Promise<void> {
    const id = this.ids.next();
    await this.transactions.run(async (tx) => {
      const inserted = await tx.manager
        .createQueryBuilder()
        .insert()
        .into(Delivery)
        .values({
          installationId: incoming.installationId,
          id,
          source: incoming.source,
          // Hashed, since the token of a delivery is half of what signs it.
          dedupeKey: createHash('sha256').update(incoming.identity).digest('hex'),
          event: incoming.event,
          facts: incoming.facts,
          triggeredAt: incoming.triggeredAt,
          receivedAt: this.clock.now(),
          outcome: reception.kind === 'queue' ? 'queued' : 'ignored',
          reason: reception.kind === 'queue' ? null : reception.reason,
          orderId: reception.kind === 'queue' ? (reception.orderId ?? null) : null,
        })
        .orIgnore()
        .returning(['id'])
        .execute();
      const isNew = (inserted.raw as unknown[]).length > 0;
      if (isNew && reception.kind === 'queue') {
        await this.jobs.send(tx, reception.job, reception.payload(id));
      }
    });
  }

  /** Writes down what became of a delivery. */
  async settle(
    tx: Transaction,
    delivery: DeliveryRef,
    end:
      | { outcome: 'acted_on'; orderId: string; reason?: string }
      | { outcome: 'ignored'; reason: string; orderId?: string },
  ): Promise<void> {
    await tx.manager.update(
      Delivery,
      { installationId: delivery.installationId, id: delivery.deliveryId },
      { outcome: end.outcome, reason: end.reason ?? null, ...(end.orderId ? { orderId: end.orderId } : {}) },
    );
  }

  /** Marks a queued delivery as waiting for something that no retry brings about; its job may end. */
  async park(tx: Transaction, delivery: DeliveryRef, reason: string): Promise<void> {
    await tx.manager.update(
      Delivery,
      { installationId: delivery.installationId, id: delivery.deliveryId, outcome: 'queued' },
      { reason },
    );
  }

  /** Takes up the oldest deliveries that were parked for a reason: they count as merely queued again. */
  async unpark(
    tx: Transaction,
    installationId: string,
    source: IncomingDelivery['source'],
    reason: string,
    limit: number,
  ): Promise<Delivery[]> {
    const parked = await tx.manager.find(Delivery, {
      where: { installationId, source, outcome: 'queued', reason },
      order: { id: 'ASC' },
      take: limit,
    });
    const id = In(parked.map((delivery) => delivery.id));
    if (parked.length > 0) await tx.manager.update(Delivery, { installationId, id }, { reason: null });
    return parked;
  }

  countQueued(tx: Transaction, installationId: string, source: IncomingDelivery['source']): Promise<number> {
    return tx.manager.countBy(Delivery, { installationId, source, outcome: 'queued' });
  }

  /** Ignores the oldest queued deliveries. Answers how many there were; fewer than `limit` means that none is left. */
  async ignoreQueued(
    tx: Transaction,
    installationId: string,
    source: IncomingDelivery['source'],
    reason: string,
    limit: number,
  ): Promise<number> {
    const queued = await tx.manager.find(Delivery, {
      select: { id: true },
      where: { installationId, source, outcome: 'queued' },
      order: { id: 'ASC' },
      take: limit,
    });
    if (queued.length === 0) return 0;
    const where = { installationId, id: In(queued.map(({ id }) => id)), outcome: 'queued' as const };
    await tx.manager.update(Delivery, where, { outcome: 'ignored', reason });
    return queued.length;
  }

  /** When one last came in, leaving out those ignored for a given reason; null when none is kept. */
  async lastReceivedAt(
    installationId: string,
    source: IncomingDelivery['source'],
    exceptReason: string,
  ): Promise<Date | null> {
    // The primary key is read from its end: ids are ordered by time.
    const last = await this.dataSource.manager
      .createQueryBuilder(Delivery, 'delivery')
      .where('delivery.installation_id = :installationId', { installationId })
      .andWhere('delivery.source = :source', { source })
      .andWhere('delivery.reason IS DISTINCT FROM :exceptReason', { exceptReason })
      .orderBy('delivery.id', 'DESC')
      .limit(1)
      .getOne();
    return last?.receivedAt ?? null;
  }

  async find(delivery: DeliveryRef, tx: Transaction): Promise<Delivery | null> {
    return tx.manager.findOneBy(Delivery, {
      installationId: delivery.installationId,
      id: delivery.deliveryId,
    });
  }
}
