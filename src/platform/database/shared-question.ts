interface Asker {
  answer: (holds: boolean) => void;
  fail: (error: unknown) => void;
  promise: Promise<boolean>;
}

/**
 * Asks the database which of many keys it holds, with one query at a time: whoever asks meanwhile shares the next one. So
 * strangers who ask for what is not there take up one connection, however many they are.
 */
export class SharedQuestion {
  private waiting = new Map<string, Asker>();
  private isAsking = false;

  /** @param ask which of the keys there are */
  constructor(private readonly ask: (keys: readonly string[]) => Promise<ReadonlySet<string>>) {}

  /** @throws what the query throws */
  holds(key: string): Promise<boolean> {
    const asked = this.waiting.get(key);
    if (asked) return asked.promise;
    const { promise, resolve: answer, reject: fail } = Promise.withResolvers<boolean>();
    this.waiting.set(key, { answer, fail, promise });
    if (!this.isAsking) void this.askAll();
    return promise;
  }

  private async askAll(): Promise<void> {
    this.isAsking = true;
    while (this.waiting.size > 0) {
      const askers = this.waiting;
      this.waiting = new Map();
      try {
        const held = await this.ask([...askers.keys()]);
        for (const [key, { answer }] of askers) answer(held.has(key));
      } catch (error) {
        for (const { fail } of askers.values()) fail(error);
      }
    }
    this.isAsking = false;
  }
}
