import type { Choice } from './choice.js';
import type { MappedValue } from './mapping.js';
import { refusal } from './refusals.js';
import type { Settings } from './settings.js';
import { warning } from './warnings.js';

/** How the provider invites the candidate to its form. */
export interface QuickAppPlan {
  notifyApplicant: boolean;
  textingEnabled: boolean;
}

/** By email, by text, or both; by text only with a phone, and text alone without one is refused (M10). */
export function planQuickApp(
  { email, text }: Settings['quickApp'],
  phone: string | null,
): Choice<QuickAppPlan> {
  const textingEnabled = text && phone !== null;
  const notifyApplicant = email || textingEnabled;
  const noPhone = text && phone === null;
  return {
    chosen: { notifyApplicant, textingEnabled },
    values: [
      value('textingEnabled', textingEnabled, whyTexting(text, phone)),
      value('notifyApplicant', notifyApplicant, whyNotify(email, textingEnabled)),
    ],
    warnings: email && noPhone ? [warning('text_invitation_left_out')] : [],
    refusals: notifyApplicant ? [] : [refusal(noPhone ? 'text_without_phone' : 'no_invitation')],
  };
}

const value = (field: string, decided: boolean, reason: string): MappedValue => ({
  field,
  value: decided,
  source: 'settings.quickApp',
  reason,
});

function whyTexting(text: boolean, phone: string | null): string {
  if (!text) return 'No text message, for quickApp.text is off.';
  return phone === null
    ? 'quickApp.text is on, but there is no valid phone number.'
    : 'quickApp.text is on, and there is a valid phone number.';
}

function whyNotify(email: boolean, textingEnabled: boolean): string {
  if (email) return `VICTIG invites the candidate by email${textingEnabled ? ' and text message' : ''}.`;
  return textingEnabled
    ? 'VICTIG invites the candidate by text message alone.'
    : 'Nobody would be invited, neither by email nor by text message.';
}
