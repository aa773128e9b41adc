import type { ReactElement } from 'react';

const STATUS_PREFIX = 'Background Check Status:';

const TONES: Record<string, string> = {
  Pending: 'amber',
  'In Progress': 'blue',
  Complete: 'green',
  Rejected: 'red',
  Error: 'red',
  Canceled: 'grey',
};

/** What the service says of the check, from the tags; null: nothing. */
export const statusOf = (tags: readonly string[]): string | null =>
  tags
    .find((tag) => tag.startsWith(STATUS_PREFIX))
    ?.slice(STATUS_PREFIX.length)
    .trim() ?? null;

const OURS = /^(Background Check Status|Flag|Decision):/;

/** A tag as Lever shows it; those that the service sets are coloured. */
export function Tag({ tag }: { tag: string }): ReactElement {
  const status = statusOf([tag]);
  if (status !== null) return <span className={`chip chip--${TONES[status] ?? 'grey'}`}>{tag}</span>;
  return <span className={OURS.test(tag) ? 'chip chip--violet' : 'chip'}>{tag}</span>;
}

/** A status of the check, or of an order at VICTIG. */
export function Status({ text }: { text: string }): ReactElement {
  return <span className={`chip chip--dot chip--${toneOf(text)}`}>{text}</span>;
}

function toneOf(status: string): string {
  if (TONES[status] !== undefined) return TONES[status];
  if (/complete/.test(status)) return 'green';
  if (/cancel|archived/.test(status)) return 'grey';
  if (/error|rejected/.test(status)) return 'red';
  return /app-pending|draft|received|^pending$/.test(status) ? 'amber' : 'blue';
}
