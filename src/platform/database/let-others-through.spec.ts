import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { letOthersThrough } from './let-others-through.js';

const refusal = (code: string): Error =>
  new QueryFailedError('ALTER TABLE orders', [], Object.assign(new Error(code), { code }));

/** Work that fails with each of the errors, one after the other, and then is done. */
const failingWith = (...errors: Error[]) => {
  const left = [...errors];
  const work = async (): Promise<void> => {
    work.tries++;
    const error = left.shift();
    if (error !== undefined) throw error;
  };
  work.tries = 0;
  return work;
};

describe('work that needs what others have locked', () => {
  it('is done again after it was kept waiting, or two waited for one another', async () => {
    const work = failingWith(refusal('55P03'), refusal('40P01'));
    await letOthersThrough(work, { pauseMs: 1, patienceMs: 60_000 });
    expect(work.tries).toBe(3);
  });

  it('ends with what it was refused with last when it has been refused for too long', async () => {
    const [first, second] = [refusal('55P03'), refusal('40P01')];
    const work = failingWith(first, second);
    await expect(letOthersThrough(work, { pauseMs: 50, patienceMs: 10 })).rejects.toBe(second);
  });

  it('is done again however long it took until it was refused', async () => {
    const work = failingWith(refusal('55P03'));
    const long = async (): Promise<void> => {
      await new Promise((done) => setTimeout(done, 50));
      await work();
    };
    await letOthersThrough(long, { pauseMs: 1, patienceMs: 10 });
    expect(work.tries).toBe(2);
  });

  it('is not done again when it fails by itself', async () => {
    const failure = refusal('42P07');
    const work = failingWith(failure);
    await expect(letOthersThrough(work, { pauseMs: 1, patienceMs: 60_000 })).rejects.toBe(failure);
    expect(work.tries).toBe(1);
  });
});
