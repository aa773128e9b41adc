import { describe, expect, it } from 'vitest';
import { isSameQuickApp, quickAppNow, quickAppWarning } from './quick-app.js';

const NOW = new Date('2026-11-23T12:00:00Z');
const HOUR_MS = 3_600_000;
const inHours = (hours: number): Date => new Date(NOW.getTime() + hours * HOUR_MS);
const LIFE = { expiresAt: inHours(100), emailsSent: 1, textsSent: 0, remindersSent: 0 };
const KEPT = { ...LIFE, expiresAt: inHours(100).toISOString(), warning: null };

describe("the candidate's invitation", () => {
  it.each([
    [null, null],
    [inHours(48), null],
    [inHours(47.9), 'quick_app_expiring'],
    [inHours(0), 'quick_app_expired'],
    [inHours(-9), 'quick_app_expired'],
  ])('that ends at %s has the warning %s', (expiresAt, warning) => {
    expect(quickAppWarning(expiresAt?.toISOString() ?? null, NOW)).toBe(warning);
  });

  it('is kept as it was seen, with its warning while nobody has followed it', () => {
    expect(quickAppNow(null, { phase: 'invited', quickApp: LIFE }, NOW)).toEqual(KEPT);
    const late = { ...LIFE, expiresAt: inHours(1), remindersSent: 2 };
    expect(quickAppNow(KEPT, { phase: 'invited', quickApp: late }, NOW)).toEqual({
      ...KEPT,
      expiresAt: inHours(1).toISOString(),
      remindersSent: 2,
      warning: 'quick_app_expiring',
    });
    expect(quickAppNow(KEPT, { phase: 'in_progress', quickApp: late }, NOW)?.warning).toBeNull();
  });

  it('stays known when it is no longer told of, and is unknown until it is', () => {
    expect(quickAppNow(KEPT, { phase: 'complete', quickApp: null }, NOW)).toEqual(KEPT);
    expect(quickAppNow(null, { phase: 'invited', quickApp: null }, NOW)).toBeNull();
  });

  it('is news only when something of it differs', () => {
    expect(isSameQuickApp(KEPT, { ...KEPT })).toBe(true);
    expect(isSameQuickApp(KEPT, { ...KEPT, remindersSent: 1 })).toBe(false);
    expect(isSameQuickApp(KEPT, { ...KEPT, warning: 'quick_app_expired' })).toBe(false);
    expect(isSameQuickApp(KEPT, null)).toBe(false);
    expect(isSameQuickApp(null, null)).toBe(true);
  });
});
