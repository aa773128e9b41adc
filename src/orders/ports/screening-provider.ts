import type { Client, Product } from '../../mapping/catalogue.js';
import type { ApplicantDetails } from '../../mapping/order-request.js';
import type { UpstreamError } from '../../platform/errors/upstream-error.js';

/**
 * What a provider's raw status means for an order:
 * `invited` the candidate has yet to fill in the QuickApp · `in_progress` the check is under way · `complete` ·
 * `canceled` · `failed` the provider reports an internal error · `keep` says nothing new (archived) ·
 * `unknown` not in the table: keep what is shown and warn.
 */
export const SCREENING_PHASES = [
  'invited',
  'in_progress',
  'complete',
  'canceled',
  'failed',
  'keep',
  'unknown',
] as const;
export type ScreeningPhase = (typeof SCREENING_PHASES)[number];

export interface NewScreening {
  clientGuid: string;
  applicantGuid: string;
  productGuid: string;
  /** Our order id; the provider echoes it, and by it an order of unknown fate is found again (V4). */
  orderId: string;
  reference: string | null;
  notifyApplicant: boolean;
  /** Not sent after this time: whoever takes over by then must be sure that nothing comes any more (V4). */
  notAfter?: Date;
}

/** How the candidate was invited to fill in the QuickApp. Says nothing about where the invitation went. */
export interface QuickAppLife {
  /** Null when the provider does not say, or says something that cannot be. */
  expiresAt: Date | null;
  emailsSent: number;
  textsSent: number;
  remindersSent: number;
}

export type DecisionForm = 'object' | 'list' | 'boolean' | 'number';

/** An order at the provider. Holds nothing personal: no name, no keyed report link, no charges. */
export interface ScreeningOrder {
  orderGuid: string;
  /** The id that it was sent with, in small letters; null where there is none, or none that could be ours. */
  orderId: string | null;
  /** Null where the provider does not tell. */
  productGuid: string | null;
  fileNumber: string;
  /** As the provider wrote it. */
  rawStatus: string;
  phase: ScreeningPhase;
  flagged: boolean;
  /** The decision selected on the report; null when the provider gives none. */
  decision: string | null;
  /** Only where a decision is given that is no text, and so cannot be told. */
  decisionForm?: DecisionForm;
  orderedAt: Date | null;
  completedAt: Date | null;
  modifiedAt: Date | null;
  /** Null where the order has no QuickApp, or what was read does not tell. */
  quickApp: QuickAppLife | null;
}

/** What a list of orders tells of one: enough to see that something changed. */
export interface ListedOrder {
  orderGuid: string;
  /** The id that it was sent with, in small letters; null where there is none, or none that could be ours. */
  orderId: string | null;
  fileNumber: string;
  rawStatus: string;
  flagged: boolean;
  orderedAt: Date | null;
  modifiedAt: Date | null;
}

/** One call's worth of a client's orders, the newest first. */
export interface OrderListPage {
  orders: readonly ListedOrder[];
  hasNext: boolean;
}

export interface ScreeningResults {
  searches: readonly { name: string; status: string }[];
  /** The link that demands a login; never the keyed one. */
  reportLink: string | null;
}

/** What is left out or empty is not known, and nothing that the provider says contradicts it. */
export interface OrderAtProvider {
  clientGuid: string;
  orderGuid: string;
  /** The id that it was sent with. */
  orderId?: string;
  fileNumber?: string | null;
}

export interface SoughtOrder {
  clientGuid: string;
  /** Made for this one order and for no other. */
  applicantGuid: string;
  productGuid: string;
  orderId: string;
}

/** Code of the failure of `findOrder` when an order may be ours and may not: a person has to look (V4). */
export const UNCLEAR_ORDER = 'unclear_order';

/** How new an answer must be that may come from a cache of a few minutes. */
export interface Freshness {
  /** Asked for now; within the limit of `since`, so that who may only read cannot use up what an account may call. */
  fresh?: boolean;
  /**
   * Not asked for before then; where that is needed again and again within seconds, it may be half a minute older.
   */
  since?: Date | undefined;
}

/** Code of a submission that was not sent, for no certification of permissible purpose is recorded (V5). */
export const NOT_CERTIFIED = 'not_certified';

/** How failures name the provider, and what of it was asked: method and route template. */
export type ProviderNames = Readonly<Record<'vendor' | 'submitOrder' | 'listOrders', string>>;

/** The background screening agency of an installation. Every method throws `UpstreamError` or `NotConnected`. */
export abstract class ScreeningProvider {
  /** For failures that are found out here and not at a call. */
  abstract readonly names: ProviderNames;

  /**
   * Names the account under which the installation's calls are counted; never a secret. What one installation
   * reads there others of the same account need not read again.
   */
  abstract accountOf(installationId: string): Promise<string>;

  /**
   * All clients the credentials may see.
   * @param options.withCities read each client's city too, where the credentials allow it; a call for each client,
   * kept for a day
   */
  abstract listClients(
    installationId: string,
    options?: Freshness & { withCities?: boolean },
  ): Promise<readonly Client[]>;

  /** All products of one client. */
  abstract listProducts(
    installationId: string,
    clientGuid: string,
    options?: Freshness,
  ): Promise<readonly Product[]>;

  /** Harmless to repeat: applicants cost nothing and are not deduplicated. Answers the applicant's guid. */
  abstract createApplicant(
    installationId: string,
    clientGuid: string,
    applicant: ApplicantDetails,
  ): Promise<string>;

  /** Costs money and must never be repeated blindly: after an unknown outcome look with `findOrder` first (V4). */
  abstract submitOrder(installationId: string, screening: NewScreening): Promise<ScreeningOrder>;

  /**
   * The applicant's order that carries our order id, whatever its case, or null when surely none was placed. One
   * that carries no id at all is ours when it is the only one and of the product that was sought.
   * @throws UpstreamError with the code `unclear_order` when nobody can tell: nothing may be submitted
   */
  abstract findOrder(installationId: string, sought: SoughtOrder): Promise<ScreeningOrder | null>;

  /**
   * One page of all orders of a client, newest first; a single call.
   * @param before the page before; a provider that knows nothing of pages gives it again, and then it was the last
   */
  abstract listOrders(
    installationId: string,
    clientGuid: string,
    page: number,
    before?: OrderListPage,
  ): Promise<OrderListPage>;

  /** `malformed` with the code `another_order` where the answer says that it is of another one; so are all that follow. */
  abstract readOrder(installationId: string, order: OrderAtProvider): Promise<ScreeningOrder>;

  /** A `rejected` failure in plain sentences for a recruiter, without values that were sent; none where it has no reason. */
  abstract explainRefusal(error: UpstreamError): string[];

  /** Searches and the login link of a completed order. */
  abstract readResults(installationId: string, order: OrderAtProvider): Promise<ScreeningResults>;

  /**
   * The PDF of a completed order's report. `rejected` while it is not ready; `malformed` with the code
   * `file_too_large` or `not_a_pdf` where there is none that could be passed on.
   */
  abstract readReport(installationId: string, order: OrderAtProvider): Promise<Uint8Array<ArrayBuffer>>;
}
