import { Turns } from './turns.js';

/**
 * Long work that many may ask for at the same time: of each key one is at work and one waits, within this process. Who asks
 * gets what began after that, together with all who asked meanwhile.
 */
export class SharedWork<K extends string | null, A> {
  private readonly turns = new Turns();
  private readonly waiting = new Map<K, Promise<A>>();

  constructor(private readonly work: (key: K) => Promise<A>) {}

  /** Resolves or rejects as the work does. */
  next(key: K): Promise<A> {
    const joined = this.waiting.get(key);
    if (joined) return joined;
    const turn = this.turns.take(JSON.stringify(key), () => {
      this.waiting.delete(key);
      return this.work(key);
    });
    this.waiting.set(key, turn);
    return turn;
  }
}
