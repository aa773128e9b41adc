import type { MappingWarning } from './mapping.js';
import { hiddenPrefixDifference } from './near-miss.js';
import { quoteAll, trimSpaces } from './plain-text.js';
import { warning } from './warnings.js';

/** What a tag with a configured prefix says. */
export interface TagValue {
  /** What follows the prefix, without spaces around it; empty when the tag is only the prefix. */
  value: string;
  tag: string;
}

export interface TagReading {
  /** Each different value once, in alphabetical order, so that the order of the tags decides nothing. */
  found: TagValue[];
  /** About tags that almost have the prefix. */
  warnings: MappingWarning[];
}

/**
 * The tags that begin with the prefix, which is compared exactly, letter case and kind of dash included (M2, M11).
 * Tags that Lever inherits from the posting count like those that people add, for they look the same.
 *
 * @param setting name of the prefix's setting, for the warnings
 */
export function readTags(tags: readonly string[], prefix: string | null, setting: string): TagReading {
  if (prefix === null || prefix === '') return { found: [], warnings: [] };
  const sorted = [...new Set(tags)].toSorted();
  const found = new Map<string, TagValue>();
  for (const tag of sorted.filter((tag) => tag.startsWith(prefix))) {
    const value = trimSpaces(tag.slice(prefix.length));
    if (!found.has(value)) found.set(value, { value, tag });
  }
  return {
    found: [...found.values()],
    warnings: sorted.flatMap((tag) => {
      const differsIn = hiddenPrefixDifference(tag, prefix);
      return differsIn === null ? [] : [warning('tag_almost_matches', { tag, prefix, setting, differsIn })];
    }),
  };
}

/** The end of a reason that is a setting by which tags with this prefix are not looked at: names those there are. */
export function leavingAside(tags: readonly string[], prefix: string | null): string {
  const ignored = readTags(tags, prefix, '').found.map(({ tag }) => tag);
  if (ignored.length === 0) return '';
  return `, so ${quoteAll(ignored)} ${ignored.length === 1 ? 'is' : 'are'} not looked at`;
}
