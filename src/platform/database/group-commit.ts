import { AsyncLocalStorage } from 'node:async_hooks';

export interface GroupCommitLimits {
  /** As many are written in one transaction at the most. */
  maxItems: number;
  /** As many transactions at once; while they run, what arrives waits and shares the next one. */
  maxAtOnce: number;
  /**
   * While one is on its way so long passes before another begins beside it, in milliseconds; none when left out. Then a
   * second one is there for when the first is slow, and mostly one is enough.
   */
  gatherMs?: number;
  /** What comes while so many wait is refused; without end when left out. */
  maxWaiting?: number;
}

/** More wait to be written than may. */
export class TooManyWaiting extends Error {
  override readonly name = 'TooManyWaiting';

  constructor(waiting: number) {
    super(`${waiting} wait to be written`);
  }
}

interface Waiting<T> {
  item: T;
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * Lets what is to be written at the same time share a transaction, for a commit costs more than a row. Nothing waits
 * for company: one that comes alone is written at once; others are gathered only while a transaction is on its way.
 */
export class GroupCommit<T> {
  private waiting: Waiting<T>[] = [];
  private running = 0;
  private isScheduled = false;
  private gathering: NodeJS.Timeout | undefined;
  /** What is written together is nobody's in particular: what holds for the first of them does not hold for the others. */
  private readonly asNobody = AsyncLocalStorage.snapshot();

  /**
   * @param write writes all of them in one transaction, or none
   * @param isOwnFault whether a failure may be due to one of the items: each is then written by itself, so that one
   *   that cannot be stored does not fail its neighbours
   */
  constructor(
    private readonly write: (items: readonly T[]) => Promise<void>,
    private readonly isOwnFault: (error: unknown) => boolean,
    private readonly limits: GroupCommitLimits,
  ) {}

  /** Resolves once the item is committed. @throws TooManyWaiting, and what writing it throws */
  add(item: T): Promise<void> {
    const { length } = this.waiting;
    if (length >= (this.limits.maxWaiting ?? Infinity)) return Promise.reject(new TooManyWaiting(length));
    return new Promise((done, failed) => {
      this.waiting.push({ item, done, failed });
      this.schedule();
    });
  }

  /** Whatever was received in the same turn of the event loop goes together. */
  private schedule(): void {
    if (this.isScheduled || this.running >= this.limits.maxAtOnce) return;
    const { gatherMs = 0 } = this.limits;
    if (this.running === 0 || gatherMs === 0) this.flushSoon();
    else this.gathering ??= setTimeout(() => this.flushSoon(), gatherMs);
  }

  private flushSoon(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      void this.asNobody(() => this.flush());
    });
  }

  private async flush(): Promise<void> {
    const group = this.waiting.splice(0, this.limits.maxItems);
    if (group.length === 0) return;
    this.running += 1;
    if (this.waiting.length > 0) this.schedule();
    await this.settle(group);
    this.running -= 1;
    if (this.waiting.length > 0) this.schedule();
  }

  private async settle(group: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.write(group.map(({ item }) => item));
      for (const { done } of group) done();
    } catch (error) {
      if (group.length > 1 && this.isOwnFault(error)) {
        for (const each of group) await this.settle([each]);
      } else {
        for (const { failed } of group) failed(error);
      }
    }
  }
}
