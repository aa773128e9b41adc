import type { ScreeningOrder } from '../ports/screening-provider.js';
import type { QuickApp, QuickAppWarning } from './order.js';

/** From then on somebody should remind the candidate. */
const EXPIRES_SOON_MS = 48 * 3_600_000;

/** What is to be said of an invitation that nobody has followed yet. */
export function quickAppWarning(expiresAt: string | null, now: Date): QuickAppWarning | null {
  if (expiresAt === null) return null;
  const leftMs = new Date(expiresAt).getTime() - now.getTime();
  if (leftMs <= 0) return 'quick_app_expired';
  return leftMs < EXPIRES_SOON_MS ? 'quick_app_expiring' : null;
}

/** The invitation as it is by now; what the provider does not tell any more stays as it was. */
export function quickAppNow(
  known: QuickApp | null,
  { phase, quickApp }: Pick<ScreeningOrder, 'phase' | 'quickApp'>,
  now: Date,
): QuickApp | null {
  if (quickApp === null && known === null) return null;
  const seen = quickApp && { ...quickApp, expiresAt: quickApp.expiresAt?.toISOString() ?? null };
  const facts = { expiresAt: null, emailsSent: 0, textsSent: 0, remindersSent: 0, ...known, ...seen };
  return { ...facts, warning: phase === 'invited' ? quickAppWarning(facts.expiresAt, now) : null };
}

/** Whether anything about the invitation is news. */
export const isSameQuickApp = (a: QuickApp | null, b: QuickApp | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.expiresAt === b.expiresAt &&
    a.emailsSent === b.emailsSent &&
    a.textsSent === b.textsSent &&
    a.remindersSent === b.remindersSent &&
    a.warning === b.warning);
