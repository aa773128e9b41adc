import type { Configuration } from '../installations/installation.js';
import { CONFIDENTIAL_ACCESS } from '../orders/ports/applicant-tracking.js';

const LASTING_ACCESS = 'offline_access';

/**
 * What is asked of a Super Admin: the scopes Lever names for partners of this kind, and those of the two endpoints
 * read besides. `write` implies `read`.
 */
const ALWAYS = [
  LASTING_ACCESS,
  'opportunities:write:admin',
  'notes:write:admin',
  'stages:read:admin',
  'tags:read:admin',
  'webhooks:write:admin',
  'postings:read:admin',
  'applications:read:admin',
] as const;

/** Without these no order comes about or is shown, and nothing that may be tried out finds that they are lacking. */
const TO_WRITE: ReadonlySet<string> = new Set([
  'opportunities:write:admin',
  'notes:write:admin',
  'files:write:admin',
]);

/**
 * The scopes an installation needs as it is configured: no more than what it uses.
 * @param confidential the candidates of confidential jobs count too
 */
export function scopesFor({ settings, leverPerformAs }: Configuration, confidential = false): string[] {
  return [
    ...ALWAYS,
    ...(settings.attachReport ? ['files:write:admin'] : []),
    ...(leverPerformAs === null ? [] : ['users:read:admin']),
    ...(confidential ? [CONFIDENTIAL_ACCESS] : []),
  ];
}

/** What Lever did not grant though nothing can be ordered or shown without it. */
export const lackingToWrite = (configuration: Configuration, granted: readonly string[]): string[] =>
  scopesFor(configuration).filter((scope) => TO_WRITE.has(scope) && !granted.includes(scope));

/** Nothing but lasting access was granted: Lever does so when it does not know the audience. */
export const isUseless = (granted: readonly string[]): boolean =>
  granted.every((scope) => scope === LASTING_ACCESS);
