import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { GroupRead } from '../../platform/database/group-read.js';
import type { Order } from '../domain/order.js';
import { OrderRow } from '../order.entity.js';

type Asking = Pick<Order, 'installationId' | 'opportunityId' | 'id' | 'createdAt'>;

interface Known {
  /** Of who asked. */
  place: number;
  id: string;
  /** Null: nobody knows yet whether the provider took it. */
  fileNumber: string | null;
}

/** What orders of an opportunity that ended mean to the one that is open. */
export interface EarlierOrders {
  /** Their submissions have no answer, and may have been taken. */
  unsettled: Order[];
  /** The provider turned out to hold one since the open one was opened: under this number, which may be empty. */
  foundAs: string | null;
}

const NONE: EarlierOrders = { unsettled: [], foundAs: null };

/** Orders that ended, and that the provider holds, or may hold, none the less (V4, T7). */
@Injectable()
export class EarlierSubmissions {
  private readonly known: GroupRead<Asking, Known[]>;

  constructor(private readonly dataSource: DataSource) {
    this.known = new GroupRead(async (asking) => {
      const keys = asking.map(({ installationId, opportunityId, id, createdAt }, place) => ({
        place,
        installation: installationId,
        opportunity: opportunityId,
        order: id,
        opened: createdAt,
      }));
      const rows = await this.dataSource.query<Known[]>(FIND, [JSON.stringify(keys)]);
      return [...Map.groupBy(rows, ({ place }) => place)];
    });
  }

  async of(order: Asking): Promise<EarlierOrders> {
    const known = await this.known.find(order);
    if (known === null) return NONE;
    const ids = known.flatMap(({ id, fileNumber }) => (fileNumber === null ? id : []));
    const { installationId } = order;
    const unsettled =
      ids.length === 0 ? [] : await this.dataSource.manager.findBy(OrderRow, { installationId, id: In(ids) });
    return { unsettled, foundAs: known.find(({ fileNumber }) => fileNumber !== null)?.fileNumber ?? null };
  }
}

/**
 * Found since: who found it says which order was open by then. Where that one was opened in the same moment their times say it,
 * though they may be of two clocks.
 */
const FIND = `
  SELECT asked.place, earlier.id, earlier.file_number AS "fileNumber"
  FROM jsonb_to_recordset($1::jsonb)
         AS asked (place integer, installation uuid, opportunity text, "order" uuid, opened timestamptz),
       LATERAL (
         SELECT id, CASE WHEN provider_order_guid IS NOT NULL THEN COALESCE(file_number, '') END AS file_number
         FROM orders
         WHERE installation_id = asked.installation AND opportunity_id = asked.opportunity AND id <> asked."order"
           AND status IN ('complete', 'rejected', 'canceled')
           AND (submit_started_at IS NOT NULL AND provider_order_guid IS NULL
                OR report_warnings @> '[{"code": "placed_after_end"}]' AND EXISTS (
                  SELECT FROM order_events
                  WHERE installation_id = asked.installation AND order_id = orders.id AND kind = 'placed_after_end'
                    AND (at > asked.opened OR data ->> 'laterOrderId' = asked."order"::text)))
         ORDER BY created_at DESC) AS earlier`;
