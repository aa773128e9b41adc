import type { FetchOptions, PgBoss } from 'pg-boss';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../test/support/eventually.js';
import { JobPump } from './job-pump.js';

type Queue = Pick<PgBoss, 'fetch' | 'complete' | 'fail' | 'touch' | 'getDb'>;
type LookedAt = Queue & { looked: number; passedOver: string[][] };

/** `busy 3` is of the customer `busy`, and all else is nobody's. */
const customerOf = (id: string): string | null => /^(\w+) \d+$/.exec(id)?.[1] ?? null;

/** As pg-boss answers: each look gets what the test has laid out for it, and then nothing. */
function queueOf(looks: string[][], tookMs = 0): LookedAt {
  const answers = looks.map((names) =>
    names.map((id) => ({ id, retryCount: 0, data: {}, groupId: customerOf(id) })),
  );
  const done = { jobs: [], requested: 0, affected: 0 };
  const queue = {
    looked: 0,
    passedOver: [] as string[][],
    fetch: async (_: string, { ignoreGroups }: FetchOptions = {}) => {
      queue.looked++;
      queue.passedOver.push(ignoreGroups ?? []);
      if (tookMs > 0) await new Promise((done) => setTimeout(done, tookMs));
      return answers.shift() ?? [];
    },
    complete: async () => done,
    fail: async () => done,
    touch: async () => done,
    getDb: () => ({ executeSql: async () => ({ rows: [] }) }),
  };
  return queue as unknown as LookedAt;
}

describe('the pump of jobs', () => {
  let pump: JobPump | null = null;
  afterEach(async () => {
    vi.useRealTimers();
    await pump?.stop(0);
  });

  const start = (
    queue: Queue,
    run: (id: string) => Promise<void>,
    onBacklog = (): void => undefined,
  ): void => {
    pump = new JobPump(
      queue,
      {
        queue: 'errand',
        atOnce: 48,
        perCustomer: 6,
        mustYield: () => false,
        mayTake: () => true,
        onBacklog,
        // By itself it never looks again.
        lookEveryMs: 3_600_000,
        beatEveryMs: 3_600_000,
      },
      async ({ id }) => {
        await run(id);
        return { kind: 'done' };
      },
      (error) => {
        throw error;
      },
    );
    pump.start();
  };
  const forEver = (): Promise<void> => new Promise(() => undefined);

  // What a look sees first may all be of a customer who has one place left.
  it('looks again after it took some, for jobs of others may stand behind them (F3)', async () => {
    const begun: string[] = [];
    start(queueOf([['of a busy one'], ['of a quiet one']]), (id) => {
      begun.push(id);
      return forEver();
    });
    await eventually(() => expect(begun).toEqual(['of a busy one', 'of a quiet one']));
  });

  const busy = (from: number): string[] => Array.from({ length: 6 }, (_, n) => `busy ${from + n}`);

  it('looks past a customer whose places it filled, at once and before their jobs end (F3)', async () => {
    vi.useFakeTimers();
    const queue = queueOf([busy(0), ['of a quiet one'], busy(6), []]);
    start(queue, () => Promise.resolve());
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.passedOver).toEqual([[], ['busy']]);
    await vi.advanceTimersByTimeAsync(25);
    expect(queue.passedOver).toEqual([[], ['busy'], [], ['busy']]);
  });

  it('waits 25 ms for its next look when nobody has all of their places', async () => {
    vi.useFakeTimers();
    const queue = queueOf([busy(0).slice(1), []]);
    start(queue, () => Promise.resolve());
    await vi.advanceTimersByTimeAsync(24);
    expect(queue.passedOver).toEqual([[]]);
    await vi.advanceTimersByTimeAsync(1);
    expect(queue.passedOver).toEqual([[], []]);
  });

  it('looks at once for what is sent while others run where its last look is 25 ms ago, and otherwise then', async () => {
    vi.useFakeTimers();
    const queue = queueOf([['runs for long']]);
    start(queue, forEver);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(queue.looked).toBe(2);
    pump?.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.looked).toBe(3);
    pump?.wake();
    pump?.wake();
    await vi.advanceTimersByTimeAsync(24);
    expect(queue.looked).toBe(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(queue.looked).toBe(4);
  });

  it('looks past them after a slow look only when it has rested, and at them after that (F3)', async () => {
    vi.useFakeTimers();
    const queue = queueOf([busy(0), [], busy(6), []], 100);
    start(queue, () => Promise.resolve());
    await vi.advanceTimersByTimeAsync(499);
    expect(queue.passedOver).toEqual([[]]);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(queue.passedOver).toEqual([[], ['busy'], [], ['busy']]);
  });

  it('gives its last places to who had no share yet, and looks for them once in a round (F3)', async () => {
    vi.useFakeTimers();
    const customers = 'abcdefgh'.split('');
    const all = customers.flatMap((name) => Array.from({ length: 6 }, (_, n) => `${name} ${n}`));
    const ends: (() => void)[] = [];
    const queue = queueOf([all, [], ['a 6'], ['b 6']]);
    start(queue, () => new Promise((end) => ends.push(end)));
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.passedOver).toEqual([[]]);
    ends[0]?.();
    await vi.advanceTimersByTimeAsync(50);
    expect(queue.passedOver).toEqual([[], customers, []]);
    ends[6]?.();
    await vi.advanceTimersByTimeAsync(25);
    expect(queue.passedOver).toEqual([[], customers, [], []]);
  });

  it('looks no more when it found nothing', async () => {
    vi.useFakeTimers();
    const queue = queueOf([['only one']]);
    start(queue, () => Promise.resolve());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queue.looked).toBe(2);
    pump?.wake();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queue.looked).toBe(3);
  });

  it('looks the less often the longer a look takes', async () => {
    vi.useFakeTimers();
    const many = Array.from({ length: 100 }, (_, n) => [`${n}`]);
    const queue = queueOf(many, 100);
    start(queue, () => Promise.resolve());
    await vi.advanceTimersByTimeAsync(100);
    expect(queue.looked).toBe(1);
    // What it found is done at once; a place is free, and more may wait.
    await vi.advanceTimersByTimeAsync(5_000);
    expect(queue.looked).toBe(11);
  });

  // As after a while without the database.
  it('hands back a job that it took a second time, also when the first run of it has ended meanwhile (F5)', async () => {
    const ends: (() => void)[] = [];
    const queue = queueOf([['same'], ['same']]);
    const handedBack: unknown[] = [];
    const failing = { ...queue, fail: async (_: string, jobs: unknown) => handedBack.push(jobs) };
    let taken = 0;
    const fetch = async () =>
      (await queue.fetch('')).map((job) => Object.assign(job, { retryCount: taken++ }));
    start({ ...failing, fetch } as unknown as Queue, () => new Promise((end) => ends.push(end)));
    await eventually(() => expect(ends).toHaveLength(2));
    ends[0]?.();
    await new Promise((done) => setImmediate(done));
    await pump?.stop(0);
    expect(handedBack).toEqual([[{ id: 'same', retryCount: 1 }]]);
  });

  it('tells of a backlog when as many were there as it asked for, and asks for more at once', async () => {
    const all = Array.from({ length: 48 }, (_, n) => `${n}`);
    let backlogs = 0;
    const begun: string[] = [];
    start(
      queueOf([all, ['one more']]),
      async (id) => {
        begun.push(id);
        if (id === 'one more') await forEver();
      },
      () => (backlogs += 1),
    );
    await eventually(() => expect(begun).toContain('one more'));
    expect(backlogs).toBe(1);
  });
});
