import { z } from 'zod';
import { isSameGuid } from '../mapping/catalogue.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import type { JsonAnswer, JsonClient, JsonRequest, VendorApi } from '../platform/http/json-client.js';
import { PacedClient } from '../platform/http/paced-client.js';
import type { RateLimiter } from '../platform/http/rate-limiter.js';
import { fillRoute } from '../platform/http/route.js';
import { parseStorable } from '../platform/http/storable-json.js';
import { EndlessLists } from './endless-lists.js';
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

/** Where a list at VICTIG is. */
interface Place {
  route: string;
  params: Record<string, string>;
}

/** How a list is read, a page at a time. */
interface List<T> extends Place {
  schema: z.ZodType<T>;
  /** The field that tells its rows apart. */
  id: string;
  /** Longer than it can be. */
  maxPages: number;
}

/** A list without the rows that lack what is needed of them. */
export interface Readable<T> {
  rows: T[];
  /** How many were left out. */
  unreadable: number;
}

const PAGE_SIZE = 100;
const MAX_PAGES = 100;
/** What belongs to one order or one applicant. */
const MAX_PAGES_OF_ORDER = 20;

const ENDLESS = 'endless_list';
const UNREADABLE = 'unreadable_rows';

const anyRows = z.array(z.unknown());
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
  private readonly endless: EndlessLists;

  constructor(http: JsonClient, limiter: RateLimiter, config: AppConfig['victig']) {
    this.api = {
      vendor: 'VICTIG',
      baseUrl: config.apiUrl,
      faultOf: schemas.faultOf,
      // Statuses, decisions and numbers are kept as they came; Lever's tags have to be given back as they came.
      parse: parseStorable,
    };
    const { requestsPerSecond, burst, requestsPerDay } = config;
    this.http = new PacedClient(http, limiter, { requestsPerSecond, burst, requestsPerDay });
    this.orderSchema = schemas.orderSchema(config.decisionField);
    this.endless = new EndlessLists(() => http.now());
  }

  listClients(account: VictigAccount): Promise<Readable<z.infer<typeof schemas.clientSchema>>> {
    return this.readable(account, clientsAs(schemas.clientSchema));
  }

  /**
   * For a client whose guid a person typed: where VICTIG knows none that is written so, it is asked for as its list writes it.
   * @throws UpstreamError
   */
  async asListed<T>(
    account: VictigAccount,
    client: string,
    read: (client: string) => Promise<T>,
  ): Promise<T> {
    try {
      return await read(client);
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.details.status !== 404) throw error;
      const { rows } = await this.listClients(account);
      const listed = rows.find(({ guid }) => isSameGuid(guid, client));
      if (listed === undefined || listed.guid === client) throw error;
      return read(listed.guid);
    }
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

  listVisibleClients(account: VictigAccount): Promise<Readable<z.infer<typeof schemas.visibleClientSchema>>> {
    return this.readable(account, clientsAs(schemas.visibleClientSchema));
  }

  listOfferedProducts(
    account: VictigAccount,
    client: string,
  ): Promise<Readable<z.infer<typeof schemas.offeredProductSchema>>> {
    return this.readable(account, productsAs(client, schemas.offeredProductSchema));
  }

  listProducts(
    account: VictigAccount,
    client: string,
  ): Promise<Readable<z.infer<typeof schemas.productSchema>>> {
    return this.readable(account, productsAs(client, schemas.productSchema));
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

  /**
   * One page of a client's orders, newest `orderedDate` first.
   * @param before the guids on the page before
   */
  async listOrders(
    account: VictigAccount,
    client: string,
    page: number,
    before: ReadonlySet<string>,
  ): Promise<{ orders: z.infer<typeof schemas.orderRowSchema>[]; hasNext: boolean }> {
    const list = { route: '/clients/:client/orders', params: { client } };
    const { data, link } = await this.page(account, list, page, orderRows);
    const isEnd = endsWith(link, data.length);
    if (data.length === 0 || data.some(({ orderGuid }) => !before.has(orderGuid))) {
      return { orders: data, hasNext: !isEnd };
    }
    if (link !== null && !isEnd) throw this.malformed(list, ENDLESS);
    return { orders: [], hasNext: false };
  }

  async *listApplicantOrders(
    account: VictigAccount,
    client: string,
    applicant: string,
  ): AsyncGenerator<z.infer<typeof schemas.orderRowSchema>> {
    const list = {
      route: '/clients/:client/applicants/:applicant/orders',
      params: { client, applicant },
      schema: schemas.orderRowSchema,
      id: 'orderGuid',
      maxPages: MAX_PAGES_OF_ORDER,
    };
    // A row that cannot be read may be the order that is looked for (V4).
    for await (const row of this.rows(account, list)) {
      const { data, success } = list.schema.safeParse(row);
      if (!success) throw this.malformed(list, UNREADABLE);
      yield data;
    }
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
  getPdfLink(
    account: VictigAccount,
    client: string,
    order: string,
  ): Promise<z.infer<typeof schemas.pdfSchema>> {
    return this.read(account, {
      method: 'GET',
      route: '/clients/:client/orders/:order/resultsAsPdf',
      params: { client, order },
      schema: schemas.pdfSchema,
    });
  }

  listSearches(
    account: VictigAccount,
    client: string,
    order: string,
  ): Promise<Readable<z.infer<typeof schemas.searchSchema>>> {
    return this.readable(account, {
      route: '/clients/:client/orders/:order/searches',
      params: { client, order },
      schema: schemas.searchSchema,
      id: 'orderSearchGuid',
      maxPages: MAX_PAGES_OF_ORDER,
    });
  }

  /**
   * Bare arrays, a page at a time, until there is no next one; what `Link` calls the last one is not trusted. Where VICTIG
   * knows nothing of pages, each is the whole list: one on which nothing is new ends it, unless `Link` says otherwise.
   * A row that moves to the next page meanwhile comes once.
   */
  private async *rows(account: VictigAccount, list: List<unknown>): AsyncGenerator {
    const name = `${account.limitKey} ${fillRoute(list.route, list.params)}`;
    if (this.endless.rests(name)) throw this.malformed(list, ENDLESS);
    const seen = new Set<string>();
    for (let page = 0; page < list.maxPages; page++) {
      const { data, link } = await this.page(account, list, page, anyRows);
      const keys = data.map((row) => keyOf(row, list.id));
      const fresh = data.filter((_row, index) => !seen.has(keys[index] ?? ''));
      yield* fresh;
      if (endsWith(link, data.length)) return;
      if (fresh.length === 0) {
        if (link === null) return;
        break;
      }
      for (const key of keys) seen.add(key);
    }
    this.endless.add(name);
    // To take what was read for the whole list could mean a second order.
    throw this.malformed(list, ENDLESS);
  }

  /** What can be read of a list. @throws UpstreamError when that is not a single row of those that there are */
  private async readable<T>(account: VictigAccount, list: List<T>): Promise<Readable<T>> {
    const rows: T[] = [];
    let unreadable = 0;
    for await (const row of this.rows(account, list)) {
      const { data, success } = list.schema.safeParse(row);
      if (success) rows.push(data);
      else unreadable += 1;
    }
    if (rows.length === 0 && unreadable > 0) throw this.malformed(list, UNREADABLE);
    return { rows, unreadable };
  }

  private page<T>(
    account: VictigAccount,
    { route, params }: Place,
    page: number,
    schema: z.ZodType<T[]>,
  ): Promise<JsonAnswer<T[]>> {
    const query = `page=${page}&size=${PAGE_SIZE}`;
    return this.send(account, { method: 'GET', route, params, query, schema });
  }

  private malformed({ route }: Place, code: string): UpstreamError {
    const { vendor } = this.api;
    return new UpstreamError('malformed', { vendor, operation: `GET ${route}`, fate: 'answered', code });
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

const clientsAs = <T>(schema: z.ZodType<T>): List<T> => ({
  route: '/clients',
  params: {},
  schema,
  id: 'clientGuid',
  maxPages: MAX_PAGES,
});

const productsAs = <T>(client: string, schema: z.ZodType<T>): List<T> => ({
  route: '/clients/:client/products',
  params: { client },
  schema,
  id: 'clientProductGuid',
  maxPages: MAX_PAGES,
});

/**
 * Without a `Link` header a page that is just full suggests another one; more rows than were asked for are all there are,
 * for then nobody counted. VICTIG may give fewer rows than were asked for.
 */
const endsWith = (link: string | null, rows: number): boolean =>
  rows === 0 || (link === null ? rows !== PAGE_SIZE : !/rel="?next"?/.test(link));

/** A row that has no id is told apart by all that it says. */
function keyOf(row: unknown, field: string): string {
  const id: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, field) : undefined;
  return typeof id === 'string' ? id : JSON.stringify(row);
}

const withoutNulls = (body: object): object =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));

const isSignInRefusal = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError &&
  error.failure === 'rejected' &&
  SIGN_IN_CODES.has(error.details.code ?? '');
