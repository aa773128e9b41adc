/** A refusal that is met first is taken for one that passes, as that of a proxy. */
const SECOND_LOOK_AFTER_MS = 60_000;
/** One that was met again is a setting of Lever's, until a person changes it. */
const LOOK_AGAIN_AFTER_MS = 3_600_000;
const LONGEST_WAIT_MS = 7 * 24 * 3_600_000;

const after = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

/** When tags that Lever has just refused to take, or to let go, are tried again. */
export const secondLook = (now: Date): Date => after(now, SECOND_LOOK_AFTER_MS);

/**
 * When those are tried again that were: after as long as nothing has happened to the order, and so ever less often.
 * @param refused false: Lever could not be asked, which says nothing of a setting
 */
export function nextLook(now: Date, unchangedSince: Date, refused = true): Date {
  const leastMs = refused ? LOOK_AGAIN_AFTER_MS : SECOND_LOOK_AFTER_MS;
  const unchangedMs = now.getTime() - unchangedSince.getTime();
  return after(now, Math.min(Math.max(unchangedMs, leastMs), LONGEST_WAIT_MS));
}
