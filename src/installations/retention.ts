/** How long personal data of an installation's orders is kept after their end (A3). */
export interface Retention {
  /** Erased by itself after so many days; null: after the service's RETENTION_DAYS. */
  days: number | null;
  /** Not erased earlier, neither by itself nor on request: for who must keep records for a time by law. */
  floorDays: number;
  /** Erasing by itself also takes our tags, notes and report files from Lever. */
  removeFromLever: boolean;
}

export const NO_RETENTION_OF_ITS_OWN: Retention = { days: null, floorDays: 0, removeFromLever: false };

const DAY_MS = 24 * 3_600_000;

/** From when on an order may be erased on request. @param endedAt its end or its latest result, whichever is later */
export const earliestErasure = ({ floorDays }: Retention, endedAt: Date): Date =>
  new Date(endedAt.getTime() + floorDays * DAY_MS);

/** What ended before this is erased by itself: never below the floor, whatever the service's own time is. */
export function dueSince({ days, floorDays }: Retention, serviceDays: number, now: Date): Date {
  return new Date(now.getTime() - Math.max(days ?? serviceDays, floorDays) * DAY_MS);
}
