import { statusTag, wantedTags } from '../../mapping/progress-tags.js';
import type { Settings } from '../../mapping/settings.js';
import type { Order } from './order.js';
import { isFinal } from './order-status.js';
import { progressOf } from './progress-of.js';

/** Kept among the tags while it is not known which of them are there; no tag of Lever's is empty. */
const IN_DOUBT = '';

type Shown = Pick<Order, 'shownTags' | 'stuckTags'>;

/** Of an order that was never placed nothing new is to be seen, and its `Error` no longer (T8). */
export function wantedOf(order: Order, settings: Settings): readonly string[] {
  const status = progressOf(order);
  if (status === null) {
    const error = statusTag(settings.statusPrefix, 'Error');
    return order.status === 'canceled' && order.shownTags.includes(error) ? [] : order.shownTags;
  }
  const { flagged, decision } = order;
  return wantedTags(status, flagged === null ? null : { flagged, decision }, settings);
}

/** Any of which may be on the opportunity once the wanted ones are being put there. */
export const possibleTags = ({ shownTags, stuckTags }: Shown, wanted: readonly string[]): string[] =>
  [...new Set([...shownTags, ...stuckTags, ...wanted])].filter((tag) => tag !== IN_DOUBT);

/**
 * What is to be known of the tags before they are changed: a call whose answer is lost may have put any of them there,
 * and without the mark a run that dies would leave behind what looks like tags that are shown.
 */
export const tagsInDoubt = (order: Shown, wanted: readonly string[]): string[] => [
  ...possibleTags(order, wanted),
  IN_DOUBT,
];

/** Tags of the order that Lever did not take; none while it is not known which are there, for then all are shown anew. */
export function missingTags({
  shownTags,
  reportWarnings,
}: Pick<Order, 'shownTags' | 'reportWarnings'>): string[] {
  if (shownTags.includes(IN_DOUBT)) return [];
  const notAdded = reportWarnings.find(({ code }) => code === 'tag_not_added')?.details ?? [];
  return shownTags.filter((tag) => notAdded.includes(tag));
}

/** Tags of the order that were there and are no longer; none while it is not known which are there. */
export function lostTags(
  order: Pick<Order, 'shownTags' | 'reportWarnings'>,
  present: readonly string[],
): string[] {
  if (order.shownTags.includes(IN_DOUBT)) return [];
  const missing = missingTags(order);
  return order.shownTags.filter((tag) => !missing.includes(tag) && !present.includes(tag));
}

/** Whether that is known of an order, which, being open, is the latest of its opportunity. */
export const isInDoubt = (order: Shown & Pick<Order, 'status'>, wanted: readonly string[]): boolean =>
  !isFinal(order.status) && tagsInDoubt(order, wanted).every((tag) => order.shownTags.includes(tag));
