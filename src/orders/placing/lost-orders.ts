import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { isSameGuid } from '../../mapping/catalogue.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';
import { ServicePause } from '../../platform/pause/service-pause.js';
import type { Order } from '../domain/order.js';
import type { Submission } from '../domain/unanswered-submissions.js';
import { OrderRow } from '../order.entity.js';
import { spellingsOf } from '../provider-guid.js';
import {
  ScreeningProvider,
  UNCLEAR_ORDER,
  type ListedOrder,
  type OrderListPage,
  type ProviderNames,
  type ScreeningOrder,
} from '../ports/screening-provider.js';
import { installationsOf, SharedClients, type ClientUse, type SharedClient } from './shared-clients.js';

/** An order at the provider that nobody here knows of. */
export interface UnknownOrder {
  listed: ListedOrder;
  clientGuid: string;
  /** Installations that order under the client. */
  installationIds: string[];
}

/** An order that another copy of this database had placed, and what it was sent as where that is another than here. */
export interface PlacedElsewhere {
  placed: ScreeningOrder;
  as: Partial<Submission>;
}

/** Another's clock, and a backup that is known to the minute. */
const SLACK_MS = 3_600_000;

/** Who has to look further than this looks by hand. */
const MOST_PAGES = 100;

/**
 * Finds what was ordered by a database that this one is an older copy of. The provider's lists carry the ids that orders
 * were sent with, whoever remembers them.
 */
@Injectable()
export class LostOrders {
  constructor(
    private readonly dataSource: DataSource,
    private readonly provider: ScreeningProvider,
    private readonly sharedClients: SharedClients,
    private readonly pause: ServicePause,
  ) {}

  /**
   * The order at the provider, if another copy of it was placed, under whichever client of the installation; null when it was not.
   * @throws UpstreamError `unclear_order` when there is too much to look through: nothing may be submitted
   */
  async find(order: Order): Promise<PlacedElsewhere | null> {
    const since = this.pause.forgottenSince(order.createdAt);
    if (since === null || order.clientGuid === null) return null;
    for (const clientGuid of await this.clientsFor(order, order.clientGuid)) {
      const placed = await this.amongOrdersOf(clientGuid, order, since);
      if (placed) return { placed, as: await this.submissionOf(order, clientGuid, placed) };
    }
    return null;
  }

  /** The settings of then, or what was read then, may have led to another client than the one that it was mapped to. */
  private async clientsFor({ installationId }: Order, mapped: string): Promise<string[]> {
    const used = await this.dataSource.query<{ clientGuid: string }[]>(
      `SELECT client_guid AS "clientGuid" FROM orders WHERE installation_id = $1 AND client_guid IS NOT NULL
       UNION
       SELECT configuration ->> 'victigClientGuid' FROM installation_versions WHERE installation_id = $1
       ORDER BY 1`,
      [installationId],
    );
    return [mapped, ...used.map(({ clientGuid }) => clientGuid).filter((guid) => !isSameGuid(guid, mapped))];
  }

  /** Of a client that is not there, or not for these credentials any more, nobody can tell. */
  private async amongOrdersOf(clientGuid: string, order: Order, since: Date): Promise<ScreeningOrder | null> {
    const { installationId, id } = order;
    try {
      for await (const listed of this.listed(installationId, clientGuid, since)) {
        if (listed.orderId !== id) continue;
        return await this.provider.readOrder(installationId, { clientGuid, orderGuid: listed.orderGuid });
      }
      return null;
    } catch (error) {
      if (clientGuid !== order.clientGuid && isNotToBeSeen(error)) return null;
      throw error;
    }
  }

  /** What it was sent as, where that is not what it was mapped to now. */
  private async submissionOf(
    { installationId, ...mapped }: Order,
    clientGuid: string,
    { productGuid }: ScreeningOrder,
  ): Promise<Partial<Submission>> {
    const isSameClient = clientGuid === mapped.clientGuid;
    const isSameProduct = productGuid === null || isSameGuid(productGuid, mapped.productGuid ?? '');
    if (isSameClient && isSameProduct) return {};
    const [clients, products] = await Promise.all([
      this.provider.listClients(installationId),
      this.provider.listProducts(installationId, clientGuid),
    ]);
    const client = clients.find(({ guid }) => isSameGuid(guid, clientGuid));
    const product = products.find(({ guid }) => isSameGuid(guid, productGuid ?? ''));
    return {
      clientGuid,
      clientName: client?.name ?? null,
      ...(productGuid !== null && { productGuid, productName: product?.name ?? null }),
    };
  }

  /** Orders at the provider since a time that are not in this database, the newest first for each client. */
  async unknownSince(since: Date): Promise<UnknownOrder[]> {
    const accounts = Map.groupBy(await this.clients(), ({ account }) => account);
    // Each has its own limit and its own pace.
    const unknown = await Promise.all(
      [...accounts.values()].map((clients) => this.unknownOfAccount(clients, since)),
    );
    return unknown.flat();
  }

  private async unknownOfAccount(clients: readonly SharedClient[], since: Date): Promise<UnknownOrder[]> {
    const unknown: UnknownOrder[] = [];
    for (const client of clients) {
      const { clientGuid, uses } = client;
      const listed: ListedOrder[] = [];
      for await (const order of this.listed(uses[0].installationId, clientGuid, since)) listed.push(order);
      const known = await this.knownAmong(listed);
      unknown.push(
        ...listed
          .filter(({ orderGuid }) => !known.has(orderGuid.toLowerCase()))
          .map((listed) => ({ listed, clientGuid, installationIds: installationsOf(client) })),
      );
    }
    return unknown;
  }

  private async *listed(
    installationId: string,
    clientGuid: string,
    since: Date,
  ): AsyncGenerator<ListedOrder> {
    const from = since.getTime() - SLACK_MS;
    let before: OrderListPage | undefined;
    for (let page = 0; ; page++) {
      if (page === MOST_PAGES) throw tooMany(this.provider.names);
      before = await this.provider.listOrders(installationId, clientGuid, page, before);
      const { orders, hasNext } = before;
      yield* orders.filter(({ orderedAt }) => orderedAt === null || orderedAt.getTime() >= from);
      const isPast = orders.some(({ orderedAt }) => orderedAt !== null && orderedAt.getTime() < from);
      if (!hasNext || isPast) return;
    }
  }

  private async knownAmong(listed: readonly ListedOrder[]): Promise<Set<string>> {
    const rows = await this.dataSource.manager.find(OrderRow, {
      select: { installationId: true, id: true, providerOrderGuid: true },
      where: { providerOrderGuid: In(listed.flatMap(({ orderGuid }) => spellingsOf(orderGuid))) },
    });
    return new Set(rows.flatMap(({ providerOrderGuid }) => providerOrderGuid?.toLowerCase() ?? []));
  }

  /** Clients that anything may have been ordered under. */
  private async clients(): Promise<SharedClient[]> {
    const uses = await this.dataSource.query<ClientUse[]>(
      `SELECT installation_id AS "installationId", client_guid AS "clientGuid" FROM orders
       WHERE client_guid IS NOT NULL
       UNION
       SELECT i.id, v.configuration ->> 'victigClientGuid' FROM installations AS i
       JOIN installation_versions AS v ON v.installation_id = i.id AND v.version = i.settings_version
       WHERE i.state <> 'draft'
       ORDER BY 1, 2`,
    );
    return (await this.sharedClients.of(uses)).clients;
  }
}

const isNotToBeSeen = (error: unknown): boolean =>
  error instanceof UpstreamError && [403, 404].includes(error.details.status ?? 0);

const tooMany = ({ vendor, listOrders: operation }: ProviderNames): UpstreamError =>
  new UpstreamError('malformed', { vendor, operation, fate: 'answered', code: UNCLEAR_ORDER });
