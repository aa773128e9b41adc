import type { Configuration } from '../installations/installation.js';

/**
 * What is asked of a Super Admin: the scopes Lever names for partners of this kind, and those of the two endpoints
 * read besides (lever-api.md sections 1 and 10). `write` implies `read`.
 */
const ALWAYS = [
  'offline_access',
  'opportunities:write:admin',
  'notes:write:admin',
  'stages:read:admin',
  'tags:read:admin',
  'webhooks:write:admin',
  'postings:read:admin',
  'applications:read:admin',
] as const;

/** The scopes an installation needs as it is configured: no more than what it uses. */
export function scopesFor({ settings, leverPerformAs }: Configuration): string[] {
  return [
    ...ALWAYS,
    ...(settings.attachReport ? ['files:write:admin'] : []),
    ...(leverPerformAs === null ? [] : ['users:read:admin']),
  ];
}
