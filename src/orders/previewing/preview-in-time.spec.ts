import { describe, expect, it } from 'vitest';
import { workInTime } from './preview-in-time.js';

const NUMBERS = Array.from({ length: 10 }, (_, index) => index);
const forever = (): Promise<never> => new Promise(() => {});

describe('work in time', () => {
  it('does everything, in order, and never more than a few at once', async () => {
    let [running, most] = [0, 0];
    const work = async (n: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return n * 2;
    };
    const done = await workInTime(NUMBERS, work, new AbortController().signal);
    expect(done).toEqual(NUMBERS.map((n) => ({ status: 'fulfilled', value: n * 2 })));
    expect(most).toBe(4);
  });

  it('answers with the batches that were done when the time is up, and waits for nothing else', async () => {
    const time = new AbortController();
    const work = (n: number): Promise<number> => {
      if (n !== 6) return Promise.resolve(n);
      queueMicrotask(() => time.abort());
      return forever();
    };
    const done = await workInTime(NUMBERS, work, time.signal);
    expect(done.map((result) => (result.status === 'fulfilled' ? result.value : null))).toEqual([0, 1, 2, 3]);
  });

  it('begins nothing when the time is up already', async () => {
    const begun: number[] = [];
    const work = async (n: number): Promise<void> => void begun.push(n);
    expect(await workInTime(NUMBERS, work, AbortSignal.abort())).toEqual([]);
    expect(begun).toEqual([]);
  });

  it('goes on after single failures, and stops after a batch of nothing else', async () => {
    const begun: number[] = [];
    const work = async (n: number): Promise<void> => {
      begun.push(n);
      if (n === 1 || n >= 4) throw new Error(`no ${n}`);
    };
    const done = await workInTime(NUMBERS, work, new AbortController().signal);
    expect(done.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      ...Array.from({ length: 2 }, () => 'fulfilled'),
      ...Array.from({ length: 4 }, () => 'rejected'),
    ]);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
