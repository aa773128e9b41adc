import type { Order } from '../domain/order.js';
import type { ApplicantTracking, Opportunity } from '../ports/applicant-tracking.js';

/**
 * Reads the candidacy that an order is about. That there is none (any more) ends the order, or what is told of it, so it is asked
 * once more before that is believed. Null: it is not found.
 */
export const readCandidacy = async (
  tracking: ApplicantTracking,
  { installationId, opportunityId }: Pick<Order, 'installationId' | 'opportunityId'>,
): Promise<Opportunity | null> =>
  (await tracking.readOpportunity(installationId, opportunityId)) ??
  (await tracking.readOpportunity(installationId, opportunityId));
