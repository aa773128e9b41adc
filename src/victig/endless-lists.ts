/** So seldom is a list read again that had no end: each time costs as many calls as it may have pages (F3). */
const REST_MS = 3_600_000;

/** The oldest is forgotten when there would be more. */
const MOST_REMEMBERED = 1_000;

/** Lists that had no end when they were last read, in this process. */
export class EndlessLists {
  private readonly restUntilMs = new Map<string, number>();

  constructor(private readonly now: () => Date) {}

  rests(list: string): boolean {
    const untilMs = this.restUntilMs.get(list);
    if (untilMs === undefined) return false;
    const leftMs = untilMs - this.now().getTime();
    // A clock that was set back makes none rest for longer.
    if (leftMs > 0 && leftMs <= REST_MS) return true;
    this.restUntilMs.delete(list);
    return false;
  }

  add(list: string): void {
    this.restUntilMs.delete(list);
    this.restUntilMs.set(list, this.now().getTime() + REST_MS);
    const [oldest] = this.restUntilMs.keys();
    if (oldest !== undefined && this.restUntilMs.size > MOST_REMEMBERED) this.restUntilMs.delete(oldest);
  }
}
