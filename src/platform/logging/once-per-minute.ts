import type { Clock } from '../clock.js';

/** Which of many like events is the first of its minute, and worth a line. For keys of ours only: each is remembered. */
export class OncePerMinute {
  private readonly minuteOf = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  isFirst(key: string): boolean {
    const minute = Math.floor(this.clock.now().getTime() / 60_000);
    if (this.minuteOf.get(key) === minute) return false;
    this.minuteOf.set(key, minute);
    return true;
  }
}
