import { Inject, Injectable, Logger } from '@nestjs/common';
import { VendorCredentials, type VictigCredentials } from '../installations/vendor-credentials.js';
import { isSameGuid, type Client, type Product } from '../mapping/catalogue.js';
import type { ApplicantDetails } from '../mapping/order-request.js';
import {
  ScreeningProvider,
  type Freshness,
  type NewScreening,
  NOT_CERTIFIED,
  UNCLEAR_ORDER,
  type OrderAtProvider,
  type OrderListPage,
  type ScreeningOrder,
  type ScreeningResults,
  type SoughtOrder,
} from '../orders/ports/screening-provider.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { UpstreamError, type RequestFate } from '../platform/errors/upstream-error.js';
import { ExpiringCache } from '../platform/http/expiring-cache.js';
import { ClientCities } from './client-cities.js';
import { ClientCityRecords } from './client-city-records.js';
import { ReportDownload } from './report-download.js';
import { phaseOf } from './status-table.js';
import { accountOf } from './victig-account.js';
import { VictigClient, type Readable, type VictigAccount } from './victig-client.js';
import { explainRefusal } from './victig-refusal.js';
import type { VictigOrder } from './victig-schemas.js';

const CATALOGUE_TTL_MS = 5 * 60_000;
/** Used catalogues are loaded anew before they expire, so that nobody waits for it. */
const CATALOGUE_REFRESH_MS = 3 * 60_000;

const NAMES = {
  vendor: 'VICTIG',
  submitOrder: 'POST /clients/:client/orders',
  listOrders: 'GET /clients/:client/orders',
} as const;

/** VICTIG as the screening provider of an installation. */
@Injectable()
export class VictigScreeningProvider extends ScreeningProvider {
  override readonly names = NAMES;
  private readonly reports: ReportDownload;
  private readonly clients: ExpiringCache<readonly Client[]>;
  private readonly products: ExpiringCache<readonly Product[]>;
  private readonly cities: ClientCities;
  private readonly logger = new Logger(VictigScreeningProvider.name);

  constructor(
    private readonly credentials: VendorCredentials,
    private readonly client: VictigClient,
    @Inject(appConfig.KEY) config: AppConfig,
    private readonly clock: Clock,
    cityRecords: ClientCityRecords,
  ) {
    super();
    this.reports = new ReportDownload(config);
    const kept = { ttlMs: CATALOGUE_TTL_MS, refreshAfterMs: CATALOGUE_REFRESH_MS };
    this.clients = new ExpiringCache({ ...kept, maxEntries: 1_000 }, clock);
    this.products = new ExpiringCache({ ...kept, maxEntries: 5_000 }, clock);
    this.cities = new ClientCities(this.client, cityRecords, clock);
  }

  override accountOf(installationId: string): Promise<string> {
    return this.with(installationId, async ({ limitKey }) => limitKey);
  }

  override listClients(
    installationId: string,
    options: Freshness & { withCities?: boolean } = {},
  ): Promise<readonly Client[]> {
    return this.with(installationId, async (account) => {
      const load = () => this.client.listClients(account).then(oneOfEach);
      const clients = await this.clients.getSince(account.limitKey, load, this.sinceOf(options));
      return options.withCities ? this.cities.addTo(account, clients) : clients;
    });
  }

  override listProducts(
    installationId: string,
    clientGuid: string,
    options: Freshness = {},
  ): Promise<readonly Product[]> {
    return this.with(installationId, (account) => {
      const load = () =>
        this.client
          .asListed(account, clientGuid, (guid) => this.client.listProducts(account, guid))
          .then(oneOfEach);
      return this.products.getSince(`${account.limitKey} ${clientGuid}`, load, this.sinceOf(options));
    });
  }

  override createApplicant(
    installationId: string,
    clientGuid: string,
    { phone, ...applicant }: ApplicantDetails,
  ): Promise<string> {
    return this.with(installationId, async (account, { certified }) => {
      // One is made to be ordered for, and for nothing else.
      if (!certified) throw notCertified();
      return this.client.createApplicant(account, clientGuid, { ...applicant, phoneNumber: phone });
    });
  }

  override submitOrder(installationId: string, screening: NewScreening): Promise<ScreeningOrder> {
    return this.with(installationId, async (account, { certified }) => {
      if (!certified) throw notCertified();
      const order = await this.client.submitOrder(
        account,
        screening.clientGuid,
        {
          applicantGuid: screening.applicantGuid,
          clientProductGuid: screening.productGuid,
          useQuickApp: true,
          quickappNotifyApplicants: screening.notifyApplicant,
          certifyPermissiblePurpose: true,
          externalIdentifier: screening.orderId,
          generalReportReference: screening.reference,
        },
        screening.notAfter,
      );
      const placed = screeningOrderOf(order);
      // Whether ours was taken it does not say.
      if (placed.orderId !== null && !isSameGuid(placed.orderId, screening.orderId)) {
        throw anotherOrder(NAMES.submitOrder, 'unknown');
      }
      return placed;
    });
  }

  /**
   * A 404 is not taken for "no such order": the list of an applicant's orders is known from one source only, and
   * where it does not exist nothing may be submitted twice (V4). Nor is a row without our id taken for a
   * stranger: rows leave out what is not set, and the applicant was made for this one order.
   */
  override findOrder(installationId: string, sought: SoughtOrder): Promise<ScreeningOrder | null> {
    const { clientGuid, applicantGuid } = sought;
    return this.with(installationId, async (account) => {
      const read = (orderGuid: string) => this.client.getOrder(account, clientGuid, orderGuid);
      const nameless: string[] = [];
      for await (const row of this.client.listApplicantOrders(account, clientGuid, applicantGuid)) {
        if (row.externalIdentifier === null) nameless.push(row.orderGuid);
        else if (isSameGuid(row.externalIdentifier, sought.orderId)) {
          return screeningOrderOf(await read(row.orderGuid));
        }
      }
      const unnamed: VictigOrder[] = [];
      for (const orderGuid of new Set(nameless)) {
        const order = await read(orderGuid);
        if (order.externalIdentifier === null) unnamed.push(order);
        else if (isSameGuid(order.externalIdentifier, sought.orderId)) return screeningOrderOf(order);
      }
      const [only, another] = unnamed;
      if (!only) return null;
      if (another || !isSameGuid(only.productGuid ?? '', sought.productGuid)) throw unclearOrder();
      return screeningOrderOf(only);
    });
  }

  override listOrders(
    installationId: string,
    clientGuid: string,
    page: number,
    before?: OrderListPage,
  ): Promise<OrderListPage> {
    const seen = new Set(before?.orders.map(({ orderGuid }) => orderGuid));
    return this.with(installationId, async (account) => {
      const { orders, hasNext } = await this.client.asListed(account, clientGuid, (guid) =>
        this.client.listOrders(account, guid, page, seen),
      );
      return {
        orders: orders.map(
          ({ orderGuid, externalIdentifier, fileNumber, rawStatus, flagged, orderedAt, modifiedAt }) => ({
            orderGuid,
            orderId: oneOfOurs(externalIdentifier),
            fileNumber,
            rawStatus,
            flagged,
            orderedAt,
            modifiedAt,
          }),
        ),
        hasNext,
      };
    });
  }

  override readOrder(
    installationId: string,
    { clientGuid, orderGuid, orderId }: OrderAtProvider,
  ): Promise<ScreeningOrder> {
    return this.with(installationId, async (account) => {
      const order = screeningOrderOf(await this.client.getOrder(account, clientGuid, orderGuid));
      const isAnother =
        !isSameGuid(order.orderGuid, orderGuid) ||
        (orderId !== undefined && order.orderId !== null && !isSameGuid(order.orderId, orderId));
      if (isAnother) throw anotherOrder('GET /clients/:client/orders/:order', 'answered');
      return order;
    });
  }

  override readResults(installationId: string, at: OrderAtProvider): Promise<ScreeningResults> {
    const { clientGuid, orderGuid } = at;
    return this.with(installationId, async (account) => {
      const { reportLink, of } = await this.client.getOrderStatus(account, clientGuid, orderGuid);
      if (isOfAnother(of, at)) throw anotherOrder('GET /clients/:client/orders/:order/status', 'answered');
      const listed = await this.client.listSearches(account, clientGuid, orderGuid).catch(nullIfMissing);
      // The order is there. What is known of it is not kept from the recruiter for a list that is not.
      if (!listed) {
        this.logger.warn(
          { installationId },
          'VICTIG has no list of the searches of an order: they are left out',
        );
      }
      const { rows: searches, unreadable } = listed ?? { rows: [], unreadable: 0 };
      if (unreadable > 0) {
        this.logger.warn({ installationId, count: unreadable }, 'searches that cannot be read are left out');
      }
      return { searches, reportLink };
    });
  }

  override async readReport(installationId: string, at: OrderAtProvider): Promise<Uint8Array<ArrayBuffer>> {
    const { clientGuid, orderGuid } = at;
    const { resultsUrl, of } = await this.with(installationId, (account) =>
      this.client.getPdfLink(account, clientGuid, orderGuid),
    );
    if (isOfAnother(of, at))
      throw anotherOrder('GET /clients/:client/orders/:order/resultsAsPdf', 'answered');
    return this.reports.fetch(resultsUrl);
  }

  override explainRefusal(error: UpstreamError): string[] {
    return explainRefusal(error.details);
  }

  /** What was asked for in the same millisecond may have been asked for before. */
  private sinceOf({ fresh, since }: Freshness): Date | undefined {
    return fresh ? new Date(this.clock.now().getTime() + 1) : since;
  }

  private async with<T>(
    installationId: string,
    work: (account: VictigAccount, credentials: VictigCredentials) => Promise<T>,
  ): Promise<T> {
    const credentials = await this.credentials.victigOf(installationId);
    return work(accountOf(credentials), credentials);
  }
}

/** @throws what says anything else than that VICTIG has no such thing */
function nullIfMissing(error: unknown): null {
  if (error instanceof UpstreamError && error.details.status === 404) return null;
  throw error;
}

const screeningOrderOf = ({ externalIdentifier, ...order }: VictigOrder): ScreeningOrder => ({
  ...order,
  orderId: oneOfOurs(externalIdentifier),
  phase: phaseOf(order.rawStatus),
});

/** What another program calls its orders is nobody's business here. */
const oneOfOurs = (identifier: string | null): string | null =>
  identifier !== null && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(identifier)
    ? identifier.toLowerCase()
    : null;

/**
 * Whether an answer says itself that it is of another order. Our id and VICTIG's number each tell one order from all others,
 * so one that agrees is enough; an identifier that is none of ours may have been written over ours by VICTIG's staff.
 */
function isOfAnother(
  of: { externalIdentifier: string | null; fileNumber: string | null },
  { orderId, fileNumber }: OrderAtProvider,
): boolean {
  const isSameNumber = of.fileNumber !== null && fileNumber ? of.fileNumber === fileNumber : null;
  if (of.externalIdentifier === null || orderId === undefined) return isSameNumber === false;
  if (isSameGuid(of.externalIdentifier, orderId)) return false;
  return oneOfOurs(of.externalIdentifier) !== null || isSameNumber !== true;
}

/** To submit could mean a second order, to take one over could mean a stranger's: a person has to look. */
const unclearOrder = (): UpstreamError =>
  new UpstreamError('malformed', {
    vendor: NAMES.vendor,
    operation: 'GET /clients/:client/applicants/:applicant/orders',
    fate: 'answered',
    code: UNCLEAR_ORDER,
  });

/** What it says is of another candidate, and must not be shown for this one (R1). */
const anotherOrder = (operation: string, fate: RequestFate): UpstreamError =>
  new UpstreamError('malformed', { vendor: NAMES.vendor, operation, fate, code: 'another_order' });

/** Without a recorded certification of permissible purpose nothing may be ordered (V5): the operator's matter. */
const notCertified = (): UpstreamError =>
  new UpstreamError('unauthorized', {
    vendor: NAMES.vendor,
    operation: NAMES.submitOrder,
    fate: 'not_sent',
    code: NOT_CERTIFIED,
  });

/** A row that moves to the next page while pages are read comes twice. */
const oneOfEach = <T extends { guid: string }>({ rows }: Readable<T>): T[] => [
  ...new Map(rows.map((row) => [row.guid, row])).values(),
];
