import { describe, expect, it } from 'vitest';
import { planQuickApp } from './plan-quick-app.js';

const PHONE = '(415) 226-0134';

describe('the QuickApp invitation', () => {
  it.each([
    // email, text, phone → notifyApplicant, textingEnabled, warnings, refusals
    [true, false, PHONE, true, false, [], []],
    [true, false, null, true, false, [], []],
    [true, true, PHONE, true, true, [], []],
    [true, true, null, true, false, ['text_invitation_left_out'], []],
    [false, true, PHONE, true, true, [], []],
    [false, true, null, false, false, [], ['text_without_phone']],
    [false, false, PHONE, false, false, [], ['no_invitation']],
    [false, false, null, false, false, [], ['no_invitation']],
  ] as const)(
    'with email %s, text %s, phone %s: notifies %s, texts %s (M10)',
    (email, text, phone, notifyApplicant, textingEnabled, warnings, refusals) => {
      const plan = planQuickApp({ email, text }, phone);
      expect(plan.chosen).toEqual({ notifyApplicant, textingEnabled });
      expect(plan.warnings.map(({ code }) => code)).toEqual(warnings);
      expect(plan.refusals.map(({ code }) => code)).toEqual(refusals);
    },
  );

  it('says why there is no text message (M10)', () => {
    const reasonOf = (text: boolean) => planQuickApp({ email: true, text }, null).values[0]?.reason;
    expect(reasonOf(false)).toBe('No text message, for quickApp.text is off.');
    expect(reasonOf(true)).toBe('quickApp.text is on, but there is no valid phone number.');
  });
});
