import { isUuid } from '../../platform/ids.js';

const ID = /^[\w-]{1,100}$/;

/** Lever's pages of a candidate, in all its regions and its sandbox: `https://hire.lever.co/candidates/<id>`. */
const PAGE = /^https:\/\/hire(?:\.[a-z]{2,10})?\.lever\.co\/candidates\/([\w-]{1,100})(?:[/?#].{0,1000})?$/;

/**
 * The id of an opportunity, from itself or from a link to it that was copied in Lever; null for anything else. A UUID, as
 * Lever's are, in small letters, as Lever writes it: one opportunity must not look like two.
 */
export function opportunityIdOf(text: string): string | null {
  const trimmed = text.trim();
  const id = ID.test(trimmed) ? trimmed : PAGE.exec(trimmed)?.[1];
  if (id === undefined) return null;
  return isUuid(id) ? id.toLowerCase() : id;
}
