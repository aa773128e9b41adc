import type { Opportunity, Posting } from './lever-state.ts';

/** What an opportunity inherits: the posting's fields, then its tags. */
export function inheritedTags(posting: Posting | undefined): string[] {
  if (!posting) return [];
  const { department, team, location, commitment } = posting.categories;
  const fields = [posting.text, department, team, location, commitment].filter((tag) => tag !== null);
  return [...posting.tags, ...fields];
}

/** Adds at the end what is not there yet: tags are a set, distinct by case. */
export function withTags(tags: readonly string[], added: readonly string[]): string[] {
  return [...new Set([...tags, ...added])];
}

export function withoutTags(tags: readonly string[], removed: readonly string[]): string[] {
  return tags.filter((tag) => !removed.includes(tag));
}

/** A changed posting changes the tags of its opportunities: what it lost goes, what it gained comes last (recorded). */
export function inheritAgain(opportunity: Opportunity, before: Posting | undefined, after: Posting): void {
  const gained = inheritedTags(after);
  const lost = inheritedTags(before).filter((tag) => !gained.includes(tag));
  opportunity.tags = withTags(withoutTags(opportunity.tags, lost), gained);
}
