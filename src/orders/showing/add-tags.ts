import type { Order } from '../domain/order.js';
import type { ApplicantTracking, TagsAfterChange } from '../ports/applicant-tracking.js';
import { isRefusal } from './take-tags-away.js';

type Place = Pick<Order, 'installationId' | 'opportunityId'>;

/**
 * Null: Lever refuses.
 * @throws UpstreamError for all other failures
 */
export async function tryToAdd(
  tracking: ApplicantTracking,
  { installationId, opportunityId }: Place,
  tags: readonly string[],
): Promise<TagsAfterChange | null> {
  try {
    return await tracking.addTags(installationId, opportunityId, tags);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return null;
  }
}

/** Of several that Lever refused together: one does not keep the others away. Null: it refuses each, too. */
export async function addOneByOne(
  tracking: ApplicantTracking,
  place: Place,
  tags: readonly string[],
): Promise<TagsAfterChange | null> {
  let after: TagsAfterChange | null = null;
  for (const tag of tags.length > 1 ? tags : []) {
    after = (await tryToAdd(tracking, place, [tag])) ?? after;
  }
  return after;
}
