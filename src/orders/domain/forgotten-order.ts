import { statusTag, type StatusTagValue } from '../../mapping/progress-tags.js';
import type { Order } from './order.js';
import { possibleTags } from './shown-tags.js';

/** What an opportunity shows once something may have been ordered for it. */
const ORDERED: readonly StatusTagValue[] = ['Pending', 'In Progress', 'Complete', 'Error'];

/**
 * Whether an opportunity shows the status of an order that is not in the database: it was placed by one that this
 * database is an older copy of.
 * @param latest the latest order that is known, with all tags that it ever set and did not take away
 */
export const showsForgottenOrder = (
  tags: readonly string[],
  statusPrefix: string,
  latest: Pick<Order, 'shownTags' | 'stuckTags'> | null,
): boolean => {
  const known = latest === null ? [] : possibleTags(latest, []);
  return ORDERED.map((value) => statusTag(statusPrefix, value)).some(
    (tag) => tags.includes(tag) && !known.includes(tag),
  );
};
