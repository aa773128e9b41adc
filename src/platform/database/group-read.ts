import { QueryFailedError } from 'typeorm';
import { GroupCommit } from './group-commit.js';

interface Asked<K, A> {
  key: K;
  answer: A | null;
}

/** A question that is slow, or never answered, stops nobody: another connection takes the next. */
const ASKED_TOGETHER = { maxItems: 50, maxAtOnce: 4, gatherMs: 5 };

/** SQLSTATE class 22: a value is at fault, as what is no UUID. */
const isOfValue = (error: unknown): boolean =>
  error instanceof QueryFailedError &&
  (error.driverError as { code?: string }).code?.startsWith('22') === true;

/**
 * Lets those who ask the database the same of different things share a statement, as jobs do that run side by side. What
 * is asked while a question is on its way goes with the next one; nothing waits for company. Answers tell what was
 * committed when they were asked for.
 */
export class GroupRead<K, A> {
  private readonly asking: GroupCommit<Asked<K, A>>;

  /** @param ask answers as many as it can, each with the place of its key; of the others there is nothing to tell */
  constructor(ask: (keys: readonly K[]) => Promise<readonly (readonly [place: number, answer: A])[]>) {
    this.asking = new GroupCommit(
      async (asked) => {
        for (const [place, answer] of await ask(asked.map(({ key }) => key))) {
          Object.assign(asked[place] ?? {}, { answer });
        }
      },
      isOfValue,
      ASKED_TOGETHER,
    );
  }

  async find(key: K): Promise<A | null> {
    const asked: Asked<K, A> = { key, answer: null };
    await this.asking.add(asked);
    return asked.answer;
  }
}
