/**
 * The end of the year 9999. What is later is not the time that it seems to be, as microseconds are no milliseconds, and no
 * database takes it as it is written.
 */
export const LAST_MOMENT_MS = Date.UTC(10_000, 0) - 1;
