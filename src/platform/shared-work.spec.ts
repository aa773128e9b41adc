import { describe, expect, it } from 'vitest';
import { SharedWork } from './shared-work.js';

describe('shared work', () => {
  /** Each run is held until it is let go, and answers its number. */
  const held = () => {
    const runs: PromiseWithResolvers<void>[] = [];
    const work = new SharedWork(async (key: string | null) => {
      const run = Promise.withResolvers<void>();
      const number = runs.push(run);
      await run.promise;
      return `${key} ${number}`;
    });
    const begun = async (count: number): Promise<void> => {
      await expect.poll(() => runs.length, { interval: 1 }).toBe(count);
    };
    return { work, runs, begun };
  };

  it('is done once for all who ask before it begins, and once more for those who ask while it runs', async () => {
    const { work, runs, begun } = held();
    const first = [work.next('a'), work.next('a')];
    await begun(1);
    const second = [work.next('a'), work.next('a'), work.next('a')];
    runs[0]?.resolve();
    expect(await Promise.all(first)).toEqual(['a 1', 'a 1']);
    await begun(2);
    runs[1]?.resolve();
    expect(await Promise.all(second)).toEqual(['a 2', 'a 2', 'a 2']);
    const third = work.next('a');
    await begun(3);
    runs[2]?.resolve();
    expect(await third).toBe('a 3');
  });

  it('of another key waits for none, and one that failed keeps none from being done', async () => {
    const { work, runs, begun } = held();
    const failing = work.next('a');
    await begun(1);
    const after = work.next('a');
    const ofAll = work.next(null);
    await begun(2);
    runs[1]?.resolve();
    expect(await ofAll).toBe('null 2');
    runs[0]?.reject(new Error('of its own'));
    await expect(failing).rejects.toThrow('of its own');
    await begun(3);
    runs[2]?.resolve();
    expect(await after).toBe('a 3');
  });
});
