/**
 * An id is made beside the time that its row names, by the clock of the same process: at most a statement lies between
 * the two, or the minute that an entry stands for. This much is allowed for, and for a clock that is set meanwhile.
 */
const SLACK_MS = 300_000;

/**
 * No row of that time or later has an id before this one. A list in the order of ids is so narrowed to a stretch of
 * time without reading what lies before and behind it; the time itself still has to be compared.
 */
export const eldestIdOf = (time: Date): string => idAt(time.getTime() - SLACK_MS, '0');

/** No row of that time or earlier has an id behind this one. */
export const youngestIdOf = (time: Date): string => idAt(time.getTime() + SLACK_MS, 'f');

/** A UUID of version 7 begins with its time: 48 bits of milliseconds (RFC 9562). */
function idAt(ms: number, fill: '0' | 'f'): string {
  const time = Math.min(Math.max(ms, 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-${fill.repeat(4)}-${fill.repeat(4)}-${fill.repeat(12)}`;
}
