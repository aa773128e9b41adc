import { UpstreamError } from '../../platform/errors/upstream-error.js';
import type { Order } from '../domain/order.js';
import type { ApplicantTracking, TagsAfterChange } from '../ports/applicant-tracking.js';

/** Lever understood the call and said no; 404 says that the opportunity is gone, which is another matter. */
export const isRefusal = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError &&
  error.details.fate === 'answered' &&
  ((error.failure === 'rejected' && error.details.status !== 404) || error.details.status === 403);

/**
 * Takes tags away. The answer tells which stay all the same: locked-down and inherited ones do, however often it is tried.
 * @param present what is known to be there, which stays where Lever refuses the call
 * @throws UpstreamError for failures that may pass, a missing permission among them
 */
export async function takeTagsAway(
  tracking: ApplicantTracking,
  { installationId, opportunityId }: Pick<Order, 'installationId' | 'opportunityId'>,
  tags: readonly string[],
  present: readonly string[] = tags,
): Promise<TagsAfterChange> {
  try {
    return await tracking.removeTags(installationId, opportunityId, tags);
  } catch (error) {
    if (!isRefusal(error) || error.failure === 'unauthorized') throw error;
    return { tags: present, whereabouts: null };
  }
}

/** What an order that was erased meanwhile tells of its tags. */
export const NOTHING_TOLD = { added: [], removed: [], notAdded: [], notRemoved: [] };
