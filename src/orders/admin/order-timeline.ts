import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditList } from '../../audit/audit-list.js';
import type { ChainedEntry } from '../../audit/audit-chains.js';
import { AdminKeys } from '../../platform/access/admin-keys.js';
import { mayKnow, type Principal } from '../../platform/access/principal.js';
import { VendorCallRecords, type VendorCallRecord } from '../../platform/http/vendor-call-records.js';
import { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { EVERY_INSTALLATION } from '../../platform/webhooks/inbox.js';
import type { Order } from '../domain/order.js';
import type { TimelineEntryDto } from './order.dto.js';
import { OrderEventRow } from '../order.entity.js';
import { tellCall } from './tell-call.js';
import { tellDelivery } from './tell-delivery.js';
import { tellEvent } from './tell-event.js';
import { withoutOtherClients } from './withheld-reason.js';

/** What people ask for leaves no step of the order, only an entry in the trail. */
const ASKED = { 'order.refresh_asked': 'refresh_asked', 'order.retry_asked': 'retry_asked' } as const;

const TEXT_OF_ASKED: Record<string, string> = {
  refresh_asked: 'A person had the order read again at VICTIG.',
  // A hold, and an installation that is not active, are waited for all the same.
  retry_asked: 'A person asked for a try at once.',
};

/** More were sent by nobody who works on a candidate. */
const MOST_DELIVERIES = 500;

/** Tells the story of one order to a person who has never seen it. */
@Injectable()
export class OrderTimeline {
  constructor(
    private readonly dataSource: DataSource,
    private readonly calls: VendorCallRecords,
    private readonly audit: AuditList,
    private readonly keys: AdminKeys,
  ) {}

  /** Everything that happened, in the order it happened; with links to what whoever asks may look at (A5). */
  async of(principal: Principal, order: Order): Promise<TimelineEntryDto[]> {
    const { installationId, id: orderId } = order;
    const key = { installationId, orderId };
    const events = await this.dataSource.manager.find(OrderEventRow, {
      where: key,
      order: { sequence: 'ASC' },
    });
    const deliveries = await this.deliveriesOf(order);
    const asked = await this.audit.ofOrder(orderId, Object.keys(ASKED));
    const calls = await this.calls.of(key);
    const unlinked = new Set([
      ...deliveries.filter((one) => !mayKnow(principal, one.installationId)).map(({ id }) => id),
      ...(await this.keysOfOthers(principal, events)),
    ]);
    return [
      ...deliveries.flatMap((delivery) => showDelivery(delivery, unlinked)),
      ...events.map((event) => showEvent(principal, event, unlinked)),
      ...asked.map(showAsked),
      ...calls.map(showCall),
    ].toSorted((a, b) => a.at.getTime() - b.at.getTime());
  }

  /** Keys that acted and that whoever asks may not look at; none for who may look at all. */
  private async keysOfOthers(
    { installationId }: Principal,
    events: readonly OrderEventRow[],
  ): Promise<string[]> {
    if (installationId === null) return [];
    const acted = [...new Set(events.flatMap((event) => keyOf(event) ?? []))];
    const own = await this.keys.boundTo(installationId, acted);
    return acted.filter((id) => !own.has(id));
  }

  /** Those that are about the order, and what else was said of the candidate while no order came of it. */
  private async deliveriesOf({ installationId, id: orderId, opportunityId }: Order): Promise<Delivery[]> {
    return this.dataSource.manager
      .createQueryBuilder(Delivery, 'delivery')
      .where('delivery.installationId IN (:...owners) AND delivery.orderId = :orderId', {
        owners: [installationId, EVERY_INSTALLATION],
        orderId,
      })
      .orWhere(
        `delivery.installationId = :installationId AND delivery.source = 'lever' AND delivery.orderId IS NULL
         AND delivery.facts ->> 'opportunityId' = :opportunityId`,
        { installationId, opportunityId },
      )
      .orderBy('delivery.id', 'ASC')
      .limit(MOST_DELIVERIES)
      .getMany();
  }
}

type Entry = Omit<TimelineEntryDto, 'from' | 'to'>;

const unmoved = (entry: Entry): TimelineEntryDto => ({ ...entry, from: null, to: null });

const DELIVERIES = '/admin/v1/deliveries';

/** @param unlinked deliveries that whoever asks may not look at: callbacks to the service's own route, to a bound key */
function showDelivery(delivery: Delivery, unlinked: ReadonlySet<string>): TimelineEntryDto[] {
  const { id, source, event, outcome, reason } = delivery;
  const links = linkTo(id, unlinked);
  return [
    unmoved({
      at: delivery.receivedAt,
      kind: 'delivery',
      text: tellDelivery(delivery),
      actor: source,
      data: { deliveryId: id, source, event, outcome, reason },
      links,
    }),
    ...delivery.replays.map(({ at, by }) =>
      unmoved({
        at: new Date(at),
        kind: 'delivery_replayed',
        text: 'A person had the delivery decided once more.',
        actor: by,
        data: { deliveryId: id },
        links,
      }),
    ),
  ];
}

function showEvent(
  { installationId }: Principal,
  row: OrderEventRow,
  unlinked: ReadonlySet<string>,
): TimelineEntryDto {
  const data = installationId === null ? row.data : withoutOtherClients(row.data);
  return {
    at: row.at,
    kind: row.kind,
    text: tellEvent(row.kind, data as never),
    actor: row.actor,
    from: row.statusFrom,
    to: row.statusTo,
    data,
    links: linksOf(row, unlinked),
  };
}

/** The key that whoever acted had. */
const keyOf = ({ actor }: Pick<OrderEventRow, 'actor'>): string | undefined =>
  /^admin_key:([\da-f-]{36})$/.exec(actor ?? '')?.[1];

function linksOf({ actor, data }: OrderEventRow, unlinked: ReadonlySet<string>): Record<string, string> {
  const deliveryId =
    'deliveryId' in data && typeof data.deliveryId === 'string'
      ? data.deliveryId
      : /^delivery:([\da-f-]{36})$/.exec(actor ?? '')?.[1];
  const keyId = keyOf({ actor });
  return {
    ...(deliveryId === undefined ? {} : linkTo(deliveryId, unlinked)),
    ...(keyId === undefined || unlinked.has(keyId) ? {} : { key: `/admin/v1/keys/${keyId}` }),
  };
}

const linkTo = (deliveryId: string, unlinked: ReadonlySet<string>): Record<string, string> =>
  unlinked.has(deliveryId) ? {} : { delivery: `${DELIVERIES}/${deliveryId}` };

function showAsked({ at, actor, action }: ChainedEntry): TimelineEntryDto {
  const kind = ASKED[action as keyof typeof ASKED];
  return unmoved({ at: new Date(at), kind, text: TEXT_OF_ASKED[kind] ?? kind, actor, data: {}, links: {} });
}

function showCall(call: VendorCallRecord): TimelineEntryDto {
  const { id: _id, at, cause, ...told } = call;
  const actor = cause === 'admin' ? cause : `job:${cause}`;
  return unmoved({ at, kind: 'call', text: tellCall(call), actor, data: told, links: {} });
}
