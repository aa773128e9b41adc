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
}

/** An order at the provider. Holds nothing personal: no name, no keyed report link, no charges. */
export interface ScreeningOrder {
  orderGuid: string;
  fileNumber: string;
  /** As the provider wrote it. */
  rawStatus: string;
  phase: ScreeningPhase;
  flagged: boolean;
  /** The decision selected on the report; null when the provider gives none. */
  decision: string | null;
  orderedAt: Date | null;
  completedAt: Date | null;
}

export interface ScreeningResults {
  searches: readonly { name: string; status: string }[];
  /** The link that demands a login; never the keyed one. */
  reportLink: string | null;
}

export interface OrderAtProvider {
  clientGuid: string;
  orderGuid: string;
}

/** The background screening agency of an installation. Every method throws `UpstreamError`. */
export abstract class ScreeningProvider {
  /** All clients the credentials may see; may be answered from a cache of a few minutes unless `fresh`. */
  abstract listClients(installationId: string, options?: { fresh?: boolean }): Promise<readonly Client[]>;

  /** All products of one client; may be answered from a cache of a few minutes unless `fresh`. */
  abstract listProducts(
    installationId: string,
    clientGuid: string,
    options?: { fresh?: boolean },
  ): Promise<readonly Product[]>;

  /** Harmless to repeat: applicants cost nothing and are not deduplicated. Answers the applicant's guid. */
  abstract createApplicant(
    installationId: string,
    clientGuid: string,
    applicant: ApplicantDetails,
  ): Promise<string>;

  /** Costs money and must never be repeated blindly: after an unknown outcome look with `findOrder` first (V4). */
  abstract submitOrder(installationId: string, screening: NewScreening): Promise<ScreeningOrder>;

  /** The applicant's order that carries our order id, or null. Reads all pages. */
  abstract findOrder(
    installationId: string,
    sought: { clientGuid: string; applicantGuid: string; orderId: string },
  ): Promise<ScreeningOrder | null>;

  abstract readOrder(installationId: string, order: OrderAtProvider): Promise<ScreeningOrder>;

  /** A `rejected` failure in plain sentences for a recruiter, without values that were sent. */
  abstract explainRefusal(error: UpstreamError): string[];

  /** Searches and the login link of a completed order. */
  abstract readResults(installationId: string, order: OrderAtProvider): Promise<ScreeningResults>;
}
