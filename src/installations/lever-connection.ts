import type { LeverConnectionRow } from './lever-connection.entity.js';

/** A pair of tokens as Lever issued it. */
export interface LeverTokens {
  accessToken: string;
  refreshToken: string;
  accessExpiresAt: Date;
}

/** Of an OAuth connection all that may be known without its secrets. */
export type LeverConnection = Pick<
  LeverConnectionRow,
  | 'installationId'
  | 'accountId'
  | 'scopes'
  | 'connectedAt'
  | 'refreshedAt'
  | 'accessExpiresAt'
  | 'endedAt'
  | 'generation'
>;

const DAY_MS = 24 * 3_600_000;

/** A grant of Lever's lives this long, however often it is refreshed. */
const LIFETIME_MS = 365 * DAY_MS;

/** How long before its end people are warned. */
const WARNING_MS = 14 * DAY_MS;

/** An access token is renewed this long before its end, or at half of its life if that is shorter. */
const EARLY_MS = 5 * 60_000;

export interface OAuthStanding {
  connectedAt: Date;
  refreshedAt: Date;
  expiresAt: Date;
  warning: string | null;
}

/** Of connections that were made until then people are warned at this moment. */
export const warnedIfConnectedUntil = (now: Date): Date => new Date(now.getTime() - LIFETIME_MS + WARNING_MS);

/** How an OAuth connection stands, for people; null when it is over. */
export function standingOf(connection: LeverConnection, now: Date): OAuthStanding | null {
  if (connection.endedAt !== null) return null;
  const { connectedAt, refreshedAt } = connection;
  const expiresAt = new Date(connectedAt.getTime() + LIFETIME_MS);
  const ends = expiresAt.getTime() - now.getTime() <= WARNING_MS;
  const warning = ends
    ? `The access that Lever granted ends on ${expiresAt.toISOString().slice(0, 10)}: have a Super Admin open a new OAuth link before.`
    : null;
  return { connectedAt, refreshedAt, expiresAt, warning };
}

/** The access token is about to end, or has ended. */
export function isDue({ refreshedAt, accessExpiresAt }: LeverConnection, now: Date): boolean {
  const lifeMs = accessExpiresAt.getTime() - refreshedAt.getTime();
  return now.getTime() >= accessExpiresAt.getTime() - Math.min(EARLY_MS, lifeMs / 2);
}
