import { Inject, Injectable } from '@nestjs/common';
import { VendorCredentials, type VictigCredentials } from '../installations/vendor-credentials.js';
import type { Client, Product } from '../mapping/catalogue.js';
import type { ApplicantDetails } from '../mapping/order-request.js';
import {
  ScreeningProvider,
  type NewScreening,
  type OrderAtProvider,
  type ScreeningOrder,
  type ScreeningResults,
} from '../orders/ports/screening-provider.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { ExpiringCache } from '../platform/http/expiring-cache.js';
import { fingerprint } from '../platform/http/fingerprint.js';
import { JsonClient } from '../platform/http/json-client.js';
import { RateLimiter } from '../platform/http/rate-limiter.js';
import { phaseOf } from './status-table.js';
import { VictigClient, type VictigAccount } from './victig-client.js';
import { explainRefusal } from './victig-refusal.js';
import type { VictigOrder } from './victig-schemas.js';

const CATALOGUE_TTL_MS = 5 * 60_000;

/** VICTIG as the screening provider of an installation. */
@Injectable()
export class VictigScreeningProvider extends ScreeningProvider {
  private readonly client: VictigClient;
  private readonly clients: ExpiringCache<readonly Client[]>;
  private readonly products: ExpiringCache<readonly Product[]>;

  constructor(
    private readonly credentials: VendorCredentials,
    http: JsonClient,
    limiter: RateLimiter,
    @Inject(appConfig.KEY) config: AppConfig,
    clock: Clock,
  ) {
    super();
    this.client = new VictigClient(http, limiter, config.victig);
    this.clients = new ExpiringCache({ ttlMs: CATALOGUE_TTL_MS, maxEntries: 1_000 }, clock);
    this.products = new ExpiringCache({ ttlMs: CATALOGUE_TTL_MS, maxEntries: 5_000 }, clock);
  }

  override listClients(
    installationId: string,
    options: { fresh?: boolean } = {},
  ): Promise<readonly Client[]> {
    return this.with(installationId, (account) => {
      const load = () => oneOfEach(this.client.listClients(account));
      return this.clients.get(account.limitKey, load, options.fresh);
    });
  }

  override listProducts(
    installationId: string,
    clientGuid: string,
    options: { fresh?: boolean } = {},
  ): Promise<readonly Product[]> {
    return this.with(installationId, (account) => {
      const load = () => oneOfEach(this.client.listProducts(account, clientGuid));
      return this.products.get(`${account.limitKey} ${clientGuid}`, load, options.fresh);
    });
  }

  override createApplicant(
    installationId: string,
    clientGuid: string,
    { phone, ...applicant }: ApplicantDetails,
  ): Promise<string> {
    return this.with(installationId, (account) =>
      this.client.createApplicant(account, clientGuid, { ...applicant, phoneNumber: phone }),
    );
  }

  override submitOrder(installationId: string, screening: NewScreening): Promise<ScreeningOrder> {
    return this.with(installationId, async (account, { certified }) => {
      if (!certified) throw notCertified();
      const order = await this.client.submitOrder(account, screening.clientGuid, {
        applicantGuid: screening.applicantGuid,
        clientProductGuid: screening.productGuid,
        useQuickApp: true,
        quickappNotifyApplicants: screening.notifyApplicant,
        certifyPermissiblePurpose: true,
        externalIdentifier: screening.orderId,
        generalReportReference: screening.reference,
      });
      return screeningOrderOf(order);
    });
  }

  /**
   * A 404 is not taken for "no such order": the list of an applicant's orders is known from one source only, and
   * where it does not exist nothing may be submitted twice (V4).
   */
  override findOrder(
    installationId: string,
    { clientGuid, applicantGuid, orderId }: { clientGuid: string; applicantGuid: string; orderId: string },
  ): Promise<ScreeningOrder | null> {
    return this.with(installationId, async (account) => {
      for await (const row of this.client.listApplicantOrders(account, clientGuid, applicantGuid)) {
        if (row.externalIdentifier !== orderId) continue;
        return screeningOrderOf(await this.client.getOrder(account, clientGuid, row.orderGuid));
      }
      return null;
    });
  }

  override readOrder(
    installationId: string,
    { clientGuid, orderGuid }: OrderAtProvider,
  ): Promise<ScreeningOrder> {
    return this.with(installationId, async (account) =>
      screeningOrderOf(await this.client.getOrder(account, clientGuid, orderGuid)),
    );
  }

  override readResults(
    installationId: string,
    { clientGuid, orderGuid }: OrderAtProvider,
  ): Promise<ScreeningResults> {
    return this.with(installationId, async (account) => {
      const { reportLink } = await this.client.getOrderStatus(account, clientGuid, orderGuid);
      const searches = await allOf(this.client.listSearches(account, clientGuid, orderGuid));
      return { searches, reportLink };
    });
  }

  override explainRefusal(error: UpstreamError): string[] {
    return explainRefusal(error.details);
  }

  /** The one place where an installation's credentials become an account to call with. */
  private async with<T>(
    installationId: string,
    work: (account: VictigAccount, credentials: VictigCredentials) => Promise<T>,
  ): Promise<T> {
    const credentials = await this.credentials.victigOf(installationId);
    const account = {
      limitKey: `victig:${fingerprint(credentials.apiToken)}`,
      authorization: `Bearer ${credentials.apiToken}`,
    };
    return work(account, credentials);
  }
}

const screeningOrderOf = (order: VictigOrder): ScreeningOrder => ({
  ...order,
  phase: phaseOf(order.rawStatus),
});

/** Without a recorded certification of permissible purpose nothing may be ordered (V5): the operator's matter. */
const notCertified = (): UpstreamError =>
  new UpstreamError('unauthorized', {
    vendor: 'VICTIG',
    operation: 'POST /clients/:client/orders',
    fate: 'not_sent',
    code: 'not_certified',
  });

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A row that moves to the next page while pages are read comes twice. */
async function oneOfEach<T extends { guid: string }>(items: AsyncIterable<T>): Promise<T[]> {
  const byGuid = new Map<string, T>();
  for await (const item of items) byGuid.set(item.guid, item);
  return [...byGuid.values()];
}
