import { z } from 'zod';
import type { AppConfig } from '../platform/config/app-config.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import type { JsonAnswer, JsonClient, JsonRequest, VendorApi } from '../platform/http/json-client.js';
import { PacedClient } from '../platform/http/paced-client.js';
import type { RateLimiter } from '../platform/http/rate-limiter.js';
import * as schemas from './victig-schemas.js';

/** How calls are made with one API token. */
export interface VictigAccount {
  /** Under which calls are counted: VICTIG limits each API application, that is each token (F3). */
  limitKey: string;
  authorization: string;
}

/** As on the wire. */
export interface NewApplicant {
  firstName: string;
  middleName: string | null;
  lastName: string;
  generation: string | null;
  email: string;
  phoneNumber: string | null;
  textingEnabled: boolean;
  proposedPosition: string | null;
  jobLocation: string | null;
}

/** As on the wire. */
export interface NewOrder {
  applicantGuid: string;
  clientProductGuid: string;
  useQuickApp: boolean;
  quickappNotifyApplicants: boolean;
  certifyPermissiblePurpose: boolean;
  externalIdentifier: string;
  generalReportReference: string | null;
}

type Call<T> = Pick<JsonRequest<T>, 'method' | 'route' | 'params' | 'query' | 'body' | 'schema'> &
  Partial<Pick<JsonRequest<T>, 'notAfter'>>;

const PAGE_SIZE = 100;
const MAX_PAGES = 100;

const orderRows = z.array(schemas.orderRowSchema);

/** Codes that are the operator's matter, whatever the status they come with: 401 is only inferred for the first. */
const SIGN_IN_CODES: ReadonlySet<string> = new Set(['NOT_AUTHENTICATED', 'NOT_AUTHORIZED']);

/**
 * VICTIG's TazAPI, one method for each endpoint used. Every method throws `UpstreamError`.
 * Source: https://docs.developer.tazworks.com
 */
export class VictigClient {
  private readonly api: VendorApi;
  private readonly http: PacedClient;
  private readonly orderSchema: ReturnType<typeof schemas.orderSchema>;

  constructor(http: JsonClient, limiter: RateLimiter, config: AppConfig['victig']) {
    this.api = { vendor: 'VICTIG', baseUrl: config.apiUrl, faultOf: schemas.faultOf };
    const { requestsPerSecond, burst, requestsPerDay } = config;
    this.http = new PacedClient(http, limiter, { requestsPerSecond, burst, requestsPerDay });
    this.orderSchema = schemas.orderSchema(config.decisionField);
  }

  listClients(account: VictigAccount): AsyncGenerator<z.infer<typeof schemas.clientSchema>> {
    return this.pages(account, '/clients', {}, schemas.clientSchema);
  }

  /** Needs a token of type CLIENT: whether the token may read client records, cities among them. */
  async probeClientRecord(account: VictigAccount, client: string): Promise<void> {
    const call = { method: 'GET', route: '/clients/:client', params: { client } } as const;
    await this.send(account, { ...call, schema: schemas.anything });
  }

  /** VICTIG's clock; null when it tells none. */
  async readClock(account: VictigAccount): Promise<Date | null> {
    const call = { method: 'GET', route: '/clients', query: 'page=0&size=1' } as const;
    return (await this.send(account, { ...call, schema: schemas.anything })).date;
  }

  listVisibleClients(account: VictigAccount): AsyncGenerator<z.infer<typeof schemas.visibleClientSchema>> {
    return this.pages(account, '/clients', {}, schemas.visibleClientSchema);
  }

  listOfferedProducts(
    account: VictigAccount,
    client: string,
  ): AsyncGenerator<z.infer<typeof schemas.offeredProductSchema>> {
    return this.pages(account, '/clients/:client/products', { client }, schemas.offeredProductSchema);
  }

  listProducts(
    account: VictigAccount,
    client: string,
  ): AsyncGenerator<z.infer<typeof schemas.productSchema>> {
    return this.pages(account, '/clients/:client/products', { client }, schemas.productSchema);
  }

  /** Answers the applicant's guid. VICTIG does not tell applicants of the same name and address apart. */
  async createApplicant(account: VictigAccount, client: string, applicant: NewApplicant): Promise<string> {
    const { applicantGuid } = await this.read(account, {
      method: 'POST',
      route: '/clients/:client/applicants',
      params: { client },
      body: withoutNulls(applicant),
      schema: schemas.applicantSchema,
    });
    return applicantGuid;
  }

  /** VICTIG has no idempotency key: a repeated call makes, and bills, a second order (V4). */
  submitOrder(
    account: VictigAccount,
    client: string,
    order: NewOrder,
    notAfter?: Date,
  ): Promise<schemas.VictigOrder> {
    return this.read(account, {
      method: 'POST',
      route: '/clients/:client/orders',
      params: { client },
      body: withoutNulls(order),
      schema: this.orderSchema,
      ...(notAfter ? { notAfter } : {}),
    });
  }

  /** The city that the record of a client gives; needs a token of type CLIENT. */
  getClient(account: VictigAccount, client: string): Promise<z.infer<typeof schemas.clientRecordSchema>> {
    return this.read(account, {
      method: 'GET',
      route: '/clients/:client',
      params: { client },
      schema: schemas.clientRecordSchema,
    });
  }

  /** One page of a client's orders, newest `orderedDate` first. */
  async listOrders(
    account: VictigAccount,
    client: string,
    page: number,
  ): Promise<{ orders: z.infer<typeof schemas.orderRowSchema>[]; hasNext: boolean }> {
    const { data, link } = await this.page(account, '/clients/:client/orders', { client }, page, orderRows);
    return { orders: data, hasNext: data.length > 0 && hasNext(link, data.length) };
  }

  listApplicantOrders(
    account: VictigAccount,
    client: string,
    applicant: string,
  ): AsyncGenerator<z.infer<typeof schemas.orderRowSchema>> {
    const route = '/clients/:client/applicants/:applicant/orders';
    return this.pages(account, route, { client, applicant }, schemas.orderRowSchema);
  }

  getOrder(account: VictigAccount, client: string, order: string): Promise<schemas.VictigOrder> {
    return this.read(account, {
      method: 'GET',
      route: '/clients/:client/orders/:order',
      params: { client, order },
      schema: this.orderSchema,
    });
  }

  getOrderStatus(
    account: VictigAccount,
    client: string,
    order: string,
  ): Promise<z.infer<typeof schemas.orderStatusSchema>> {
    return this.read(account, {
      method: 'GET',
      route: '/clients/:client/orders/:order/status',
      params: { client, order },
      schema: schemas.orderStatusSchema,
    });
  }

  /** The keyed link to the PDF, which opens the report to whoever holds it; 400 while it is not ready. */
  async getPdfLink(account: VictigAccount, client: string, order: string): Promise<string> {
    const { resultsUrl } = await this.read(account, {
      method: 'GET',
      route: '/clients/:client/orders/:order/resultsAsPdf',
      params: { client, order },
      schema: schemas.pdfSchema,
    });
    return resultsUrl;
  }

  listSearches(
    account: VictigAccount,
    client: string,
    order: string,
  ): AsyncGenerator<z.infer<typeof schemas.searchSchema>> {
    const route = '/clients/:client/orders/:order/searches';
    return this.pages(account, route, { client, order }, schemas.searchSchema);
  }

  /** Bare arrays, a page at a time, until there is no next one; what `Link` calls the last one is not trusted. */
  private async *pages<T>(
    account: VictigAccount,
    route: string,
    params: Record<string, string>,
    item: z.ZodType<T>,
  ): AsyncGenerator<T> {
    const schema = z.array(item);
    for (let page = 0; page < MAX_PAGES; page++) {
      const { data, link } = await this.page(account, route, params, page, schema);
      yield* data;
      if (data.length === 0 || !hasNext(link, data.length)) return;
    }
    // To take what was read for the whole list could mean a second order.
    throw new UpstreamError('malformed', {
      vendor: this.api.vendor,
      operation: `GET ${route}`,
      fate: 'answered',
      code: 'endless_list',
    });
  }

  private page<T>(
    account: VictigAccount,
    route: string,
    params: Record<string, string>,
    page: number,
    schema: z.ZodType<T[]>,
  ): Promise<JsonAnswer<T[]>> {
    const query = `page=${page}&size=${PAGE_SIZE}`;
    return this.send(account, { method: 'GET', route, params, query, schema });
  }

  private async read<T>(account: VictigAccount, call: Call<T>): Promise<T> {
    const { data } = await this.send(account, call);
    return data;
  }

  private async send<T>(account: VictigAccount, call: Call<T>): Promise<JsonAnswer<T>> {
    const headers = { authorization: account.authorization };
    try {
      return await this.http.send(account.limitKey, { ...call, api: this.api, headers });
    } catch (error) {
      throw isSignInRefusal(error) ? new UpstreamError('unauthorized', error.details) : error;
    }
  }
}

/** Without a `Link` header a full page suggests another one. VICTIG may give fewer rows than were asked for. */
const hasNext = (link: string | null, rows: number): boolean =>
  link === null ? rows >= PAGE_SIZE : /rel="?next"?/.test(link);

const withoutNulls = (body: object): object =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));

const isSignInRefusal = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError &&
  error.failure === 'rejected' &&
  SIGN_IN_CODES.has(error.details.code ?? '');
