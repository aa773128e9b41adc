import { describe, expect, it } from 'vitest';
import { SharedQuestion } from './shared-question.js';

describe('what many ask the database at the same time', () => {
  /** A database that answers when the test says so. */
  const asked = (): { questions: string[][]; shared: SharedQuestion; end: (error?: Error) => void } => {
    const questions: string[][] = [];
    const open: PromiseWithResolvers<ReadonlySet<string>>[] = [];
    const shared = new SharedQuestion((keys) => {
      questions.push([...keys]);
      open.push(Promise.withResolvers());
      return open.at(-1)?.promise ?? Promise.reject(new Error('no answer'));
    });
    const end = (error?: Error): void => {
      const question = open.shift();
      if (error) question?.reject(error);
      else question?.resolve(new Set(['there']));
    };
    return { questions, shared, end };
  };

  it('is one question at a time, which all share who came while the last was on its way (T1)', async () => {
    const { questions, shared, end } = asked();
    const first = shared.holds('there');
    const others = ['a', 'b', 'there', 'b'].map((key) => shared.holds(key));
    expect(questions).toEqual([['there']]);
    end();
    expect(await first).toBe(true);
    expect(questions).toEqual([['there'], ['a', 'b', 'there']]);
    end();
    expect(await Promise.all(others)).toEqual([false, false, true, false]);
    const later = shared.holds('a');
    end();
    expect(await later).toBe(false);
    expect(questions).toHaveLength(3);
  });

  it('fails for those who asked, and is asked anew by the next', async () => {
    const { shared, end } = asked();
    const failing = shared.holds('there');
    end(new Error('connection lost'));
    await expect(failing).rejects.toThrow('connection lost');
    const next = shared.holds('there');
    end();
    expect(await next).toBe(true);
  });
});
