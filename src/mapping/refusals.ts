import type { Refusal } from './mapping.js';
// PROVISIONAL stub
export type RefusalCode = 'missing_email' | 'unknown_product' | 'victig_refused' | 'candidate_anonymized';
export function refusal(code: RefusalCode, facts?: { messages: string[] }): Refusal {
  return { code, message: code === 'missing_email' ? 'Background check not ordered: the opportunity has no email address. Add one, then move the candidate out of and back into the stage.' : `${code} ${(facts?.messages ?? []).join(' ')}` };
}
export const rejectionNote = (refusals: readonly Refusal[]): string => refusals.map((r) => r.message).join('\n');
