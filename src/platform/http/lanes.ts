/** Does work of the same lane one after the other, in the order in which it came; lanes do not wait for one another. */
export class Lanes {
  /** The end of each lane that has work. */
  private readonly ends = new Map<string, Promise<void>>();

  run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const done = (this.ends.get(lane) ?? Promise.resolve()).then(work);
    const end: Promise<void> = done.then(
      () => this.leave(lane, end),
      () => this.leave(lane, end),
    );
    this.ends.set(lane, end);
    return done;
  }

  private leave(lane: string, end: Promise<void>): void {
    if (this.ends.get(lane) === end) this.ends.delete(lane);
  }
}
