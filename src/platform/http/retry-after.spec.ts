import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

describe('Retry-After', () => {
  const now = new Date('2026-11-23T00:00:00Z');

  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Mon, 23 Nov 2026 00:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 00:00:00 GMT', 0],
  ])('%s means %i ms', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms));

  it.each([null, '', 'soon', '-3', '1.5', '2026-11-23', '9'.repeat(30)])('%s means nothing', (header) =>
    expect(retryAfterMs(header, now)).toBeUndefined(),
  );
});
