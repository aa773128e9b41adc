import { randomUUID } from 'node:crypto';
import { NotConnected } from '../../src/installations/vendor-credentials.js';
import type { Client, Product } from '../../src/mapping/catalogue.js';
import type { ApplicantDetails } from '../../src/mapping/order-request.js';
import {
  ScreeningProvider,
  type NewScreening,
  UNCLEAR_ORDER,
  type OrderAtProvider,
  type OrderListPage,
  type ScreeningOrder,
  type ScreeningResults,
  type SoughtOrder,
} from '../../src/orders/ports/screening-provider.js';
import { UpstreamError } from '../../src/platform/errors/upstream-error.js';
import { FailurePlan } from './failure-plan.js';

export interface StoredScreening {
  sent: NewScreening;
  /** The id that the agency keeps with the order; null once it was lost. */
  externalIdentifier: string | null;
  order: ScreeningOrder;
  results: ScreeningResults;
}

const LIST_PAGE_SIZE = 100;

/** The id that an order was sent with, where it could be one of ours. */
const ourIdOf = ({ orderId }: NewScreening): string | null =>
  /^[\da-f-]{36}$/i.test(orderId) ? orderId.toLowerCase() : null;

/** A screening provider in memory; the contract suite keeps it honest. */
export class InMemoryScreeningProvider extends ScreeningProvider {
  override readonly names = {
    vendor: 'VICTIG',
    submitOrder: 'POST /clients/:client/orders',
    listOrders: 'GET /clients/:client/orders',
  };
  readonly plan = new FailurePlan('VICTIG');
  readonly screenings: StoredScreening[] = [];
  /** New orders do not keep the id that they are sent with. */
  losesIdentifiers = false;
  private readonly clients = new Map<string, Client>();
  private readonly products = new Map<string, Product[]>();
  private readonly clientOfApplicant = new Map<string, string>();

  /** @param connected installations, and whether each has a recorded certification (V5) */
  constructor(private readonly connected: Readonly<Record<string, { certified: boolean }>>) {
    super();
  }

  putClient(client: Omit<Client, 'guid'> & { guid?: string }): Client {
    const stored = { guid: randomUUID(), ...client };
    this.clients.set(stored.guid, stored);
    return stored;
  }

  putProduct(clientGuid: string, name: string): Product {
    const product = { guid: randomUUID(), name };
    this.products.set(clientGuid, [...(this.products.get(clientGuid) ?? []), product]);
    return product;
  }

  /** What the agency does with an order. */
  change(orderGuid: string, order: Partial<ScreeningOrder>, results: Partial<ScreeningResults> = {}): void {
    const stored = this.screenings.find((one) => one.order.orderGuid === orderGuid);
    if (stored === undefined) throw new Error('there is no such order');
    Object.assign(stored.order, { modifiedAt: new Date() }, order);
    Object.assign(stored.results, results);
  }

  override async accountOf(installationId: string): Promise<string> {
    this.credentialsOf(installationId);
    return 'the only account';
  }

  override async listClients(installationId: string): Promise<readonly Client[]> {
    return this.call(installationId, 'GET /clients', () => [...this.clients.values()]);
  }

  override async listProducts(installationId: string, clientGuid: string): Promise<readonly Product[]> {
    const operation = 'GET /clients/:client/products';
    return this.call(installationId, operation, () => {
      if (!this.clients.has(clientGuid)) this.plan.missing(operation);
      return this.products.get(clientGuid) ?? [];
    });
  }

  override async createApplicant(
    installationId: string,
    clientGuid: string,
    _applicant: ApplicantDetails,
  ): Promise<string> {
    const operation = 'POST /clients/:client/applicants';
    this.demandCertified(installationId);
    return this.call(installationId, operation, () => {
      if (!this.clients.has(clientGuid)) this.plan.missing(operation);
      const guid = randomUUID();
      this.clientOfApplicant.set(guid, clientGuid);
      return guid;
    });
  }

  override async submitOrder(installationId: string, screening: NewScreening): Promise<ScreeningOrder> {
    const operation = 'POST /clients/:client/orders';
    this.demandCertified(installationId);
    return this.call(installationId, operation, () => {
      this.demandParts(operation, screening);
      const order: ScreeningOrder = {
        orderGuid: randomUUID(),
        orderId: this.losesIdentifiers ? null : ourIdOf(screening),
        productGuid: screening.productGuid,
        fileNumber: String(this.screenings.length + 1),
        rawStatus: 'app-pending',
        phase: 'invited',
        flagged: false,
        decision: null,
        orderedAt: new Date(),
        completedAt: null,
        modifiedAt: new Date(),
        quickApp: { expiresAt: null, emailsSent: 1, textsSent: 0, remindersSent: 0 },
      };
      this.screenings.push({
        sent: screening,
        externalIdentifier: this.losesIdentifiers ? null : screening.orderId,
        order,
        results: { searches: [], reportLink: null },
      });
      return structuredClone(order);
    });
  }

  override async findOrder(installationId: string, sought: SoughtOrder): Promise<ScreeningOrder | null> {
    const operation = 'GET /clients/:client/applicants/:applicant/orders';
    return this.call(installationId, operation, () => {
      const ofApplicant = this.screenings.filter(
        ({ sent }) => sent.clientGuid === sought.clientGuid && sent.applicantGuid === sought.applicantGuid,
      );
      const ours = ofApplicant.find(
        ({ externalIdentifier }) => externalIdentifier?.toLowerCase() === sought.orderId.toLowerCase(),
      );
      if (ours) return structuredClone(ours.order);
      const [only, another] = ofApplicant.filter(({ externalIdentifier }) => externalIdentifier === null);
      if (!only) return null;
      if (another || only.sent.productGuid !== sought.productGuid) {
        throw new UpstreamError('malformed', {
          vendor: 'VICTIG',
          operation,
          fate: 'answered',
          code: UNCLEAR_ORDER,
        });
      }
      return structuredClone(only.order);
    });
  }

  override async listOrders(
    installationId: string,
    clientGuid: string,
    page: number,
  ): Promise<OrderListPage> {
    const operation = 'GET /clients/:client/orders';
    return this.call(installationId, operation, () => {
      if (!this.clients.has(clientGuid)) this.plan.missing(operation);
      const all = this.screenings.filter(({ sent }) => sent.clientGuid === clientGuid).toReversed();
      const end = (page + 1) * LIST_PAGE_SIZE;
      const orders = all
        .slice(page * LIST_PAGE_SIZE, end)
        .map(({ sent, order: { orderGuid, fileNumber, rawStatus, flagged, orderedAt, modifiedAt } }) => ({
          orderGuid,
          orderId: ourIdOf(sent),
          fileNumber,
          rawStatus,
          flagged,
          orderedAt,
          modifiedAt,
        }));
      return { orders, hasNext: all.length > end };
    });
  }

  override async readOrder(installationId: string, at: OrderAtProvider): Promise<ScreeningOrder> {
    const operation = 'GET /clients/:client/orders/:order';
    return this.call(installationId, operation, () => structuredClone(this.stored(operation, at).order));
  }

  override async readResults(installationId: string, at: OrderAtProvider): Promise<ScreeningResults> {
    const operation = 'GET /clients/:client/orders/:order/status';
    return this.call(installationId, operation, () => structuredClone(this.stored(operation, at).results));
  }

  override async readReport(installationId: string, at: OrderAtProvider): Promise<Uint8Array<ArrayBuffer>> {
    const operation = 'GET /clients/:client/orders/:order/resultsAsPdf';
    return this.call(installationId, operation, () => {
      const { order } = this.stored(operation, at);
      if (order.phase !== 'complete') throw this.plan.error('rejected', operation, 400);
      return Buffer.from('%PDF-1.4\n%%EOF');
    });
  }

  override explainRefusal({ details }: UpstreamError): string[] {
    const faults = Object.values(details.fields ?? {}).flat();
    return faults.length > 0 ? faults : ['The request was refused.'];
  }

  private credentialsOf(installationId: string): { certified: boolean } {
    const known = this.connected[installationId];
    if (known === undefined) throw new NotConnected(installationId, 'VICTIG');
    return known;
  }

  private demandCertified(installationId: string): void {
    const { certified } = this.credentialsOf(installationId);
    if (certified) return;
    throw new UpstreamError('unauthorized', {
      vendor: 'VICTIG',
      operation: 'POST /clients/:client/orders',
      fate: 'not_sent',
      code: 'not_certified',
    });
  }

  private call<T>(installationId: string, operation: string, work: () => T): T {
    this.credentialsOf(installationId);
    return this.plan.run(operation, work);
  }

  private stored(operation: string, { clientGuid, orderGuid }: OrderAtProvider): StoredScreening {
    const found = this.screenings.find(({ order }) => order.orderGuid === orderGuid);
    return found?.sent.clientGuid === clientGuid ? found : this.plan.missing(operation);
  }

  /** Applicant and product must belong to the client that is ordered under. */
  private demandParts(operation: string, { clientGuid, applicantGuid, productGuid }: NewScreening): void {
    const fields: Record<string, string[]> = {};
    if (this.clientOfApplicant.get(applicantGuid) !== clientGuid) {
      fields['applicantGuid'] = ['The candidate is not known.'];
    }
    if (!this.products.get(clientGuid)?.some(({ guid }) => guid === productGuid)) {
      fields['clientProductGuid'] = ['The product is not known.'];
    }
    if (Object.keys(fields).length === 0) return;
    throw new UpstreamError('rejected', {
      vendor: 'VICTIG',
      operation,
      fate: 'answered',
      status: 400,
      fields,
    });
  }
}
