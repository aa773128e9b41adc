import type { Settings } from './settings.js';
// PROVISIONAL stub
export type StatusTagValue = 'Pending' | 'Rejected' | 'In Progress' | 'Complete' | 'Error' | 'Canceled';
export function wantedTags(status: StatusTagValue, report: { flagged: boolean; decision: string | null } | null, s: Settings): string[] {
  const tags = [`${s.statusPrefix} ${status}`];
  if (status === 'Complete' && report) { tags.push(`${s.flag.prefix} ${report.flagged ? 'True' : 'False'}`); if (report.decision) tags.push(`${s.decision.prefix} ${report.decision}`); }
  return tags;
}
export function staleTags(present: readonly string[], wanted: readonly string[], previous: readonly string[], s: Settings): string[] {
  return present.filter((t) => !wanted.includes(t) && (t.startsWith(s.statusPrefix) || previous.includes(t)));
}
