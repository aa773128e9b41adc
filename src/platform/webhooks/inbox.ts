import { Inject, Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource, In, IsNull, MoreThan, QueryFailedError } from 'typeorm';
import { Clock } from '../clock.js';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { databaseUnavailable, inTime } from '../database/in-time.js';
import { GroupCommit } from '../database/group-commit.js';
import { RowsByKey } from '../database/rows-by-key.js';
import { ServiceDataSource } from '../database/service-data-source.js';
import type { Write } from '../database/combined-write.js';
import { Transactions, type Transaction } from '../database/transactions.js';
import { Ids } from '../ids.js';
import type { JobDefinition } from '../jobs/job-definition.js';
import { Metrics } from '../metrics/metrics.js';
import { rememberOrigin } from '../jobs/job-origin.js';
import { JobQueue } from '../jobs/job-queue.js';
import { Delivery } from './delivery.entity.js';
import { IntakePressure } from './intake-pressure.js';

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

/** Queued deliveries of a sender; with a reason, only those that were parked for it. */
export interface Queued {
  installationId: string;
  source: IncomingDelivery['source'];
  reason?: string;
}

/** What became of a delivery. */
export type DeliveryEnd =
  | { outcome: 'acted_on'; orderId: string; reason?: string }
  | { outcome: 'ignored'; reason: string; orderId?: string };

interface DeliveryRow {
  installation_id: string;
  id: string;
  source: IncomingDelivery['source'];
  dedupe_key: string;
  event: string;
  facts: Record<string, string | null>;
  triggered_at: Date;
  received_at: Date;
  outcome: Delivery['outcome'];
  reason: string | null;
  order_id: string | null;
}

interface QueuedJob {
  job: JobDefinition;
  payload: object;
}

interface Arrival {
  row: DeliveryRow;
  job: QueuedJob | null;
}

const INSERT_ONCE = `
  INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at,
                          outcome, reason, order_id)
  SELECT installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome, reason, order_id
    FROM jsonb_populate_recordset(NULL::deliveries, $1::jsonb)
  ON CONFLICT DO NOTHING`;

/** What those of the rows are called that were not there before. */
const ARRIVED = 'arrived';

/** Of which each is less than a kilobyte. */
const MOST_WAITING = 5_000;

/** Classes of SQLSTATE that blame a value, and not the connection or the server. */
const isRefusedByDatabase = (error: unknown): boolean =>
  error instanceof QueryFailedError &&
  /^(22|23|54)/.test((error.driverError as { code?: string }).code ?? '');

/** Another run decided the delivery meanwhile: read it again and start over. */
export class DeliveryMovedOn extends Error {
  override readonly name = 'DeliveryMovedOn';

  constructor(readonly deliveryId: string) {
    super(`delivery ${deliveryId} was decided meanwhile`);
  }
}

/** Keeps deliveries before they are answered, each once (T2, F1). */
@Injectable()
export class Inbox {
  private readonly logger = new Logger(Inbox.name);
  private readonly intake: GroupCommit<Arrival>;
  private readonly deliveries: RowsByKey<Delivery>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly pressure: IntakePressure,
    private readonly metrics: Metrics,
    @Inject(appConfig.KEY) private readonly config: Pick<AppConfig, 'database'>,
  ) {
    const maxAtOnce = dataSource instanceof ServiceDataSource && dataSource.place.kind === 'server' ? 3 : 1;
    this.intake = new GroupCommit((arrivals) => this.keep(arrivals), isRefusedByDatabase, {
      maxItems: 200,
      maxAtOnce,
      maxWaiting: MOST_WAITING,
    });
    this.deliveries = new RowsByKey(dataSource, Delivery, ['installationId', 'id']);
  }

  /**
   * Row and job in one transaction, which deliveries that come at the same time share. A second delivery with the same
   * identity changes nothing.
   * @throws DomainError `database_unavailable` when it is not known to be kept in time. It may be kept after all: the
   *   sender sends it again, and it counts once.
   */
  async accept<P extends object>(incoming: IncomingDelivery, reception: Reception<P>): Promise<void> {
    const id = this.ids.next();
    const row: DeliveryRow = {
      installation_id: incoming.installationId,
      id,
      source: incoming.source,
      // Hashed, since the token of a delivery is half of what signs it.
      dedupe_key: createHash('sha256').update(incoming.identity).digest('hex'),
      event: incoming.event,
      facts: incoming.facts,
      triggered_at: incoming.triggeredAt,
      received_at: this.clock.now(),
      outcome: reception.kind === 'queue' ? 'queued' : 'ignored',
      reason: reception.kind === 'queue' ? null : reception.reason,
      order_id: reception.kind === 'queue' ? (reception.orderId ?? null) : null,
    };
    const job =
      reception.kind === 'queue'
        ? { job: reception.job, payload: rememberOrigin(reception.payload(id)) }
        : null;
    const keeping = this.intake.add({ row, job: job as QueuedJob | null });
    try {
      await this.pressure.during(inTime(keeping, this.config.database.doorPatienceMs));
    } catch (error) {
      throw isRefusedByDatabase(error) ? error : databaseUnavailable();
    }
  }

  private async keep(arrivals: readonly Arrival[]): Promise<void> {
    try {
      await this.write(arrivals);
    } catch (error) {
      this.logger.error({ err: error, count: arrivals.length }, 'deliveries could not be kept');
      throw error;
    }
  }

  private async write(arrivals: readonly Arrival[]): Promise<void> {
    // In one order, whoever writes: two transactions with the same deliveries must not wait for each other.
    const rows = arrivals
      .map(({ row }) => row)
      .toSorted((a, b) => (a.dedupe_key < b.dedupe_key ? -1 : Number(a.dedupe_key > b.dedupe_key)));
    const queued = arrivals
      .flatMap(({ row, job }) => (job === null ? [] : { ...job, rowId: row.id }))
      // However they are mixed it is the same statement.
      .toSorted((a, b) => (a.job.name < b.job.name ? -1 : Number(a.job.name > b.job.name)));
    await this.transactions.run(async (tx) => {
      await tx.write({ text: INSERT_ONCE, values: [JSON.stringify(rows)], inserted: ARRIVED });
      for (const [job, jobs] of Map.groupBy(queued, ({ job }) => job)) {
        await this.jobs.sendWithRows(tx, job, ARRIVED, jobs);
      }
    });
  }

  /**
   * Writes down what became of a delivery that was decided by nobody yet. Where another run was first nothing of the
   * transaction happens, and until it ends other runs wait to decide.
   * @throws DeliveryMovedOn when one has been first: a run that stood still for long must not write over it
   */
  async decide(tx: Transaction, delivery: DeliveryRef, end: DeliveryEnd): Promise<void> {
    const orElse = (): Error => new DeliveryMovedOn(delivery.deliveryId);
    await this.writeEnd(tx, delivery, end, { atLeast: { rows: 1, orElse } });
  }

  /** Writes down what became of a delivery, whatever was written before. */
  async settle(tx: Transaction, delivery: DeliveryRef, end: DeliveryEnd): Promise<void> {
    await this.writeEnd(tx, delivery, end);
  }

  /** Ignores a delivery that was decided by nobody yet, for nobody will any more; one that was decided stays as it is. */
  async giveUp(
    tx: Transaction,
    { installationId, deliveryId: id }: DeliveryRef,
    reason: string,
  ): Promise<void> {
    const queued = { installationId, id, outcome: 'queued' as const };
    const { affected } = await tx.manager.update(Delivery, queued, { outcome: 'ignored', reason });
    if (affected === 1) tx.afterCommit(() => this.metrics.settledDeliveries.inc({ outcome: 'ignored' }));
  }

  /** Has a delivery decided anew that was ignored for this reason; false: it was decided otherwise meanwhile. */
  async reopen(
    tx: Transaction,
    { installationId, deliveryId: id }: DeliveryRef,
    reason: string,
  ): Promise<boolean> {
    const ignored = { installationId, id, outcome: 'ignored' as const, reason };
    const { affected } = await tx.manager.update(Delivery, ignored, { outcome: 'queued', reason: null });
    return affected === 1;
  }

  private async writeEnd(
    tx: Transaction,
    { installationId, deliveryId }: DeliveryRef,
    { outcome, reason, orderId }: DeliveryEnd,
    demands?: Pick<Write, 'atLeast'>,
  ): Promise<void> {
    await tx.write({
      text: `UPDATE deliveries SET outcome = $3, reason = $4, order_id = COALESCE($5, order_id)
             WHERE installation_id = $1 AND id = $2 ${demands ? `AND outcome = 'queued'` : ''}`,
      values: [installationId, deliveryId, outcome, reason ?? null, orderId ?? null],
      row: `deliveries/${installationId}/${deliveryId}`,
      ...demands,
    });
    tx.afterCommit(() => this.metrics.settledDeliveries.inc({ outcome }));
  }

  /** Marks a queued delivery as waiting for something that no retry brings about; its job may end. */
  async park(tx: Transaction, delivery: DeliveryRef, reason: string): Promise<void> {
    await tx.manager.update(
      Delivery,
      { installationId: delivery.installationId, id: delivery.deliveryId, outcome: 'queued' },
      { reason },
    );
  }

  /** Parks every queued delivery that is not parked yet. Their jobs are on their way, and find out. */
  async parkAll(
    tx: Transaction,
    installationId: string,
    source: IncomingDelivery['source'],
    reason: string,
  ): Promise<void> {
    const notParked = { installationId, source, outcome: 'queued' as const, reason: IsNull() };
    await tx.manager.update(Delivery, notParked, { reason });
  }

  isParked(tx: Transaction, delivery: DeliveryRef, reason: string): Promise<boolean> {
    const { installationId, deliveryId: id } = delivery;
    return tx.manager.existsBy(Delivery, { installationId, id, outcome: 'queued', reason });
  }

  /**
   * The oldest deliveries behind an id that are parked for a reason, to be decided now. They stay parked until they are:
   * whatever keeps that from happening finds them where they were.
   */
  parked(
    tx: Transaction,
    { installationId, source, reason }: Required<Queued>,
    { behind, limit }: { behind: string; limit: number },
  ): Promise<Delivery[]> {
    return tx.manager.find(Delivery, {
      where: { installationId, source, outcome: 'queued', reason, id: MoreThan(behind) },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  countQueued(tx: Transaction, which: Queued): Promise<number> {
    return tx.manager.countBy(Delivery, { ...which, outcome: 'queued' });
  }

  /** Ignores the oldest queued deliveries. Answers how many there were; fewer than `limit` means that none is left. */
  async ignoreQueued(tx: Transaction, which: Queued, reason: string, limit: number): Promise<number> {
    const queued = await tx.manager.find(Delivery, {
      select: { id: true },
      where: { ...which, outcome: 'queued' },
      order: { id: 'ASC' },
      take: limit,
    });
    if (queued.length === 0) return 0;
    const { installationId } = which;
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

  /** When the last of Lever's was triggered that led to one of the orders and was decided for one of the reasons; null: there is none. */
  async lastTriggeredAt(
    { installationId, orderIds }: { installationId: string; orderIds: readonly string[] },
    reasons: readonly string[],
  ): Promise<Date | null> {
    const [last] = await this.dataSource.manager.find(Delivery, {
      select: { triggeredAt: true },
      where: { installationId, orderId: In([...orderIds]), source: 'lever', reason: In([...reasons]) },
      order: { triggeredAt: 'DESC' },
      take: 1,
    });
    return last?.triggeredAt ?? null;
  }

  find({ installationId, deliveryId }: DeliveryRef): Promise<Delivery | null> {
    return this.deliveries.find(installationId, deliveryId);
  }
}
