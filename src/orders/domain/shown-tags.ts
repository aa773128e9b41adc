import { statusTag, wantedTags } from '../../mapping/progress-tags.js';
import type { Settings } from '../../mapping/settings.js';
import type { Order } from './order.js';
import { isFinal } from './order-status.js';
import { endedSilently, progressOf } from './progress-of.js';

/** Kept among the tags while it is not known which of them are there; no tag of Lever's is empty. */
const IN_DOUBT = '';

type Shown = Pick<Order, 'shownTags' | 'stuckTags'>;

/** It may be held for a week: meanwhile the check before it speaks for the opportunity. */
export const hasNoTagYet = ({ status }: Pick<Order, 'status'>): boolean => status === 'held';

/** Whether an `Error` of an order that was never placed is over: it ended, or is held and does not fail (T8). */
function isErrorOver(order: Order, { statusPrefix }: Settings): boolean {
  const isOver = endedSilently(order) || hasNoTagYet(order);
  return isOver && order.shownTags.includes(statusTag(statusPrefix, 'Error'));
}

/** Whether the tags are to be those of the check before it, if there is one. */
export const leavesTags = (order: Order, settings: Settings): boolean =>
  endedSilently(order) || isErrorOver(order, settings);

/** Of an order that was never placed nothing new is to be seen, and its `Error` no longer once it is over. */
export function wantedOf(order: Order, settings: Settings): readonly string[] {
  const status = progressOf(order);
  if (status === null) return isErrorOver(order, settings) ? [] : order.shownTags;
  const { flagged, decision } = order;
  return wantedTags(status, flagged === null ? null : { flagged, decision }, settings);
}

/** Whether its tags are those that it is to have, as far as is known. */
export const showsAll = (order: Order, settings: Settings): boolean =>
  isSameSet(wantedOf(order, settings), order.shownTags);

/** Whether, of one that was erased meanwhile, a run that was on its way has shown how it ended all the same. */
export function showsStatus(order: Order, { statusPrefix }: Settings): boolean {
  const status = progressOf(order);
  return (
    status !== null &&
    !order.shownTags.includes(IN_DOUBT) &&
    order.shownTags.includes(statusTag(statusPrefix, status))
  );
}

export const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((tag) => b.includes(tag));

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

/** Tags that the order was to take away and that Lever did not let go; none while all are shown anew. */
export function keptTags({
  shownTags,
  stuckTags,
  reportWarnings,
}: Shown & Pick<Order, 'reportWarnings'>): string[] {
  // Those that it found there, before it was shown, it has not tried to take away.
  const isTold = reportWarnings.some(({ code }) => code === 'tag_not_removed');
  if (!isTold || shownTags.includes(IN_DOUBT)) return [];
  return stuckTags.filter((tag) => !shownTags.includes(tag));
}

/** Whether Lever has not taken tags of the order, or has not let old ones go. */
export const hasRefusedTags = (order: Shown & Pick<Order, 'reportWarnings'>): boolean =>
  missingTags(order).length + keptTags(order).length > 0;

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
