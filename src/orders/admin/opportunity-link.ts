const ID = /^[\w-]{1,100}$/;

/** Lever's pages of a candidate, in all its regions and its sandbox: `https://hire.lever.co/candidates/<id>`. */
const PAGE = /^https:\/\/hire(?:\.[a-z]{2,10})?\.lever\.co\/candidates\/([\w-]{1,100})(?:[/?#].{0,1000})?$/;

/** The id of an opportunity, from itself or from a link to it that was copied in Lever; null for anything else. */
export function opportunityIdOf(text: string): string | null {
  const trimmed = text.trim();
  if (ID.test(trimmed)) return trimmed;
  return PAGE.exec(trimmed)?.[1] ?? null;
}
