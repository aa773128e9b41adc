import type { QuickApp } from '../domain/order.js';

/** What is known of the candidate's invitation, in a sentence. */
export function quickAppSentence({
  warning,
  expiresAt,
  emailsSent,
  textsSent,
  remindersSent,
}: QuickApp): string {
  const sent = `${count(emailsSent, 'email')}, ${count(textsSent, 'text')}, ${count(remindersSent, 'reminder')}`;
  if (warning === 'quick_app_expired') {
    return `The candidate's invitation expired at ${expiresAt}, and the form is not filled in (${sent}).`;
  }
  const end = expiresAt === null ? '' : `; the invitation is good until ${expiresAt}`;
  const hint = warning === 'quick_app_expiring' ? ' Remind the candidate.' : '';
  return `The candidate was invited to VICTIG's form (${sent})${end}.${hint}`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
