import { textOrNull } from './plain-text.js';
import type { Settings } from './settings.js';

/** What the status tag can say. */
export const STATUS_TAG_VALUES = [
  'Pending',
  'Rejected',
  'In Progress',
  'Complete',
  'Error',
  'Canceled',
] as const;

export type StatusTagValue = (typeof STATUS_TAG_VALUES)[number];

type TagSettings = Pick<Settings, 'statusPrefix' | 'flag' | 'decision'>;

/** The tag that shows a status: `Background Check Status: Pending` (S1). */
export function statusTag(prefix: string, value: StatusTagValue): string {
  return prefixedTag(prefix, value);
}

/**
 * Every tag of ours that the opportunity should carry. A report speaks only once the order is complete; a report
 * without a decision gets no decision tag (R2, R3).
 */
export function wantedTags(
  status: StatusTagValue,
  report: { flagged: boolean; decision: string | null } | null,
  settings: TagSettings,
): string[] {
  const tags = [statusTag(settings.statusPrefix, status)];
  if (status !== 'Complete' || report === null) return tags;
  if (settings.flag.enabled) tags.push(prefixedTag(settings.flag.prefix, report.flagged ? 'True' : 'False'));
  const decision = textOrNull(report.decision);
  if (settings.decision.enabled && decision !== null)
    tags.push(prefixedTag(settings.decision.prefix, decision));
  return tags;
}

/**
 * The tags to take away: any other status, and what we set before and no longer want. A tag that a person or
 * a posting gave is never among them.
 */
export function staleTags(
  present: readonly string[],
  wanted: readonly string[],
  previouslySet: readonly string[],
  settings: TagSettings,
): string[] {
  const isOurs = (tag: string): boolean =>
    beginsWith(tag, settings.statusPrefix) || previouslySet.includes(tag);
  return [...new Set(present)].filter((tag) => !wanted.includes(tag) && isOurs(tag));
}

/** Those that begin as ours do that tell of a report, whichever report that was. */
export const reportTags = (present: readonly string[], { flag, decision }: TagSettings): string[] =>
  present.filter((tag) => [flag.prefix, decision.prefix].some((prefix) => beginsWith(tag, prefix)));

/** Stands in a tag for what it tells. */
const UNTOLD = '…';

/** What may be said of a tag of ours where its result may not: a status as it is, of all else the prefix (A3). */
export function untoldTag(tag: string, { statusPrefix, flag, decision }: TagSettings): string {
  if (STATUS_TAG_VALUES.some((value) => tag === statusTag(statusPrefix, value))) return tag;
  const known = [flag.prefix, decision.prefix].find((prefix) => beginsWith(tag, prefix));
  return known === undefined ? UNTOLD : prefixedTag(known, UNTOLD);
}

/** Every tag begins with a blank prefix; settings refuse one, and if it came through all tags would be lost. */
const beginsWith = (tag: string, prefix: string): boolean => prefix.trim() !== '' && tag.startsWith(prefix);

/** Prefix, one space (none if the prefix ends with a space), value (S1). */
export const prefixedTag = (prefix: string, value: string): string =>
  prefix.endsWith(' ') ? `${prefix}${value}` : `${prefix} ${value}`;
