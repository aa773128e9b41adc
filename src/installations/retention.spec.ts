import { describe, expect, it } from 'vitest';
import { dueSince, earliestErasure } from './retention.js';

const NOW = new Date('2026-04-11T00:00:00Z');
const on = (date: Date): string => date.toISOString().slice(0, 10);

describe('how long personal data is kept (A3)', () => {
  it.each([
    ["the service's days", { days: null, floorDays: 0 }, '2026-01-11'],
    ["an installation's own days", { days: 10, floorDays: 0 }, '2026-04-01'],
    ["the floor, where the service's days are fewer", { days: null, floorDays: 100 }, '2026-01-01'],
    ["the installation's days, where the floor is lower", { days: 30, floorDays: 20 }, '2026-03-12'],
  ])('is %s', (_what, retention, expected) => {
    expect(on(dueSince({ ...retention, removeFromLever: false }, 90, NOW))).toBe(expected);
  });

  it('may end at once on request, or from the floor on', () => {
    const none = { days: null, floorDays: 0, removeFromLever: false };
    expect(earliestErasure(none, NOW)).toEqual(NOW);
    expect(on(earliestErasure({ ...none, floorDays: 5 }, NOW))).toBe('2026-04-16');
  });
});
