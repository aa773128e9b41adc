import { Injectable } from '@nestjs/common';
import { DataSource, In, MoreThan } from 'typeorm';
import { isSameGuid } from '../../mapping/catalogue.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';
import type { OrderEvent } from '../domain/order-event.js';
import type { Order } from '../domain/order.js';
import { unansweredSubmissions, type Submission } from '../domain/unanswered-submissions.js';
import { KeptCallbacks } from './kept-callbacks.js';
import { OrderEventRow } from '../order.entity.js';
import {
  ScreeningProvider,
  type OrderAtProvider,
  type OrderListPage,
  type ScreeningOrder,
} from '../ports/screening-provider.js';

/** An order at the provider, and what it was sent as. */
export interface Submitted {
  placed: ScreeningOrder;
  submission: Submission;
}

/** Of a client's list, which has a hundred orders on a page. */
const MOST_PAGES = 5;

/** Events that tell what was submitted and what came of it. */
const TELLING: OrderEvent['kind'][] = ['mapped', 'submit_started', 'submit_not_received'];

/** Finds what became of the submissions of an order that were never answered (V4). */
@Injectable()
export class FindSubmitted {
  constructor(
    private readonly dataSource: DataSource,
    private readonly provider: ScreeningProvider,
    private readonly callbacks: KeptCallbacks,
  ) {}

  /** Null when none is known to have been taken; one that is under way may be yet. */
  async find(order: Order): Promise<Submitted | null> {
    const submissions = await this.unansweredOf(order);
    if (submissions.length === 0) return null;
    // That a list of its client names it is surer than what its applicant's shows.
    const named = order.listedAs === null ? null : await this.amongClients(order, submissions);
    if (named) return named;
    const listed = await this.amongApplicants(order, submissions).catch(ifMissing);
    if (listed && !(listed instanceof UpstreamError)) return listed;
    const told = await this.byCallback(order, submissions);
    if (told || !listed) return told;
    // That there is no such list does not mean that there is no such order: where nothing tells of it either, nobody knows.
    const shown = await this.amongClients(order, submissions);
    if (!shown) throw listed;
    return shown;
  }

  /** Whether an order, as it was read after that, was neither submitted since it was known nor taken for not received. */
  async isStillLatest(known: Order, current: Order): Promise<boolean> {
    if (current.applicantGuid !== known.applicantGuid) return false;
    if ((current.submitStartedAt === null) !== (known.submitStartedAt === null)) return false;
    const { installationId, id: orderId, sequence } = known;
    const isSince = { installationId, orderId, sequence: MoreThan(sequence), kind: In(TELLING) };
    return !(await this.dataSource.manager.existsBy(OrderEventRow, isSince));
  }

  /** Whether more than one applicant was made for the order: each is a copy of the person's data. */
  async hasFurtherApplicant({ installationId, id: orderId }: Order): Promise<boolean> {
    const isMade = { installationId, orderId, kind: 'applicant_created' } as const;
    return (await this.dataSource.manager.countBy(OrderEventRow, isMade)) > 1;
  }

  private async unansweredOf(order: Order): Promise<Submission[]> {
    return unansweredSubmissions(order, await this.eventsOf(order, TELLING));
  }

  private async eventsOf(
    { installationId, id: orderId }: Order,
    kinds: readonly OrderEvent['kind'][],
  ): Promise<OrderEvent[]> {
    const events = await this.dataSource.manager.find(OrderEventRow, {
      where: { installationId, orderId, kind: In([...kinds]) },
      order: { sequence: 'ASC' },
    });
    return events as OrderEvent[];
  }

  private async amongApplicants(order: Order, submissions: readonly Submission[]): Promise<Submitted | null> {
    for (const sent of firstOfEach(submissions, 'applicantGuid')) {
      const { clientGuid, applicantGuid, productGuid } = sent;
      const sought = { clientGuid, applicantGuid, productGuid, orderId: order.id };
      const placed = await this.provider.findOrder(order.installationId, sought);
      if (placed) return { placed, submission: sentAs(placed, submissions, sent) };
    }
    return null;
  }

  /** Where a callback tells of an order that carries our id, and no applicant's list shows it. */
  private async byCallback(order: Order, submissions: readonly Submission[]): Promise<Submitted | null> {
    for (const orderGuid of await this.callbacks.announced(order)) {
      for (const sent of firstOfEach(submissions, 'clientGuid')) {
        const placed = await this.readIfOurs(order, { clientGuid: sent.clientGuid, orderGuid });
        if (placed) return { placed, submission: sentAs(placed, submissions, sent) };
      }
    }
    return null;
  }

  /** By the lists that the reconciler reads, the newest first, back to when the order was opened. */
  private async amongClients(order: Order, submissions: readonly Submission[]): Promise<Submitted | null> {
    for (const sent of firstOfEach(submissions, 'clientGuid')) {
      const { clientGuid } = sent;
      let before: OrderListPage | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        before = await this.provider.listOrders(order.installationId, clientGuid, page, before);
        const { orders, hasNext } = before;
        const ours = orders.find(({ orderId }) => orderId === order.id);
        const placed = ours && (await this.readIfOurs(order, { clientGuid, orderGuid: ours.orderGuid }));
        if (placed) return { placed, submission: sentAs(placed, submissions, sent) };
        if (!hasNext || orders.some(({ orderedAt }) => orderedAt !== null && orderedAt < order.createdAt))
          break;
      }
    }
    return null;
  }

  /** An order that is said to carry our id, if it does, under whichever of the clients that the order was submitted to. */
  async readSaidToBeOurs(order: Order, orderGuid: string): Promise<ScreeningOrder | null> {
    for (const clientGuid of await this.clientsOf(order)) {
      const placed = await this.readIfOurs(order, { clientGuid, orderGuid });
      if (placed) return placed;
    }
    return null;
  }

  /** The present one first; events from before every submission was remembered name none. */
  private async clientsOf(order: Order): Promise<Set<string>> {
    const events = await this.eventsOf(order, ['submit_started']);
    const submittedTo = events.flatMap(({ kind, data }) =>
      kind === 'submit_started' ? (data.clientGuid ?? []) : [],
    );
    return new Set([...(order.clientGuid === null ? [] : [order.clientGuid]), ...submittedTo]);
  }

  /** The order at the provider, if it is there and carries our id. */
  private async readIfOurs(order: Order, at: OrderAtProvider): Promise<ScreeningOrder | null> {
    const read = await this.provider.readOrder(order.installationId, at).catch(nullIfMissing);
    return read?.orderId === order.id ? read : null;
  }
}

const firstOfEach = (
  submissions: readonly Submission[],
  name: 'applicantGuid' | 'clientGuid',
): Submission[] =>
  submissions.filter((each, at) => submissions.findIndex((other) => other[name] === each[name]) === at);

/** The latest submission to the client that fits what was placed. */
const sentAs = (
  { productGuid }: ScreeningOrder,
  submissions: readonly Submission[],
  latest: Submission,
): Submission =>
  submissions.find(
    (sent) => sent.clientGuid === latest.clientGuid && isSameGuid(sent.productGuid, productGuid ?? ''),
  ) ?? latest;

/** What says that there is no such thing; throws anything else. */
function ifMissing(error: unknown): UpstreamError {
  if (error instanceof UpstreamError && error.failure === 'rejected' && error.details.status === 404)
    return error;
  throw error;
}

function nullIfMissing(error: unknown): null {
  ifMissing(error);
  return null;
}
