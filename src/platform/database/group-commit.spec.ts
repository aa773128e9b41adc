import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { GroupCommit, type GroupCommitLimits } from './group-commit.js';

/** A database whose commits end when the test says so. */
class Commits {
  readonly groups: string[][] = [];
  private readonly ends: (() => void)[] = [];
  private readonly begun: (() => void)[] = [];

  readonly write = (items: readonly string[]): Promise<void> => {
    this.groups.push([...items]);
    this.begun.splice(0).forEach((tell) => tell());
    if (items.includes('bad')) return Promise.reject(new Error('cannot be stored'));
    if (items.includes('lost')) return Promise.reject(new Error('connection lost'));
    return new Promise((end) => this.ends.push(end));
  };

  untilNext(): Promise<void> {
    return new Promise((tell) => this.begun.push(tell));
  }

  end(): void {
    this.ends.shift()?.();
  }
}

const gather = (
  commits: Commits,
  limits: GroupCommitLimits = { maxItems: 3, maxAtOnce: 1, maxWaiting: 100 },
): GroupCommit<string> =>
  new GroupCommit(commits.write, (error) => (error as Error).message === 'cannot be stored', limits);

const messageOf = (writing: Promise<void>): Promise<string> =>
  writing.then(
    () => 'written',
    (error: unknown) => (error as Error).message,
  );

describe('what is written at the same time', () => {
  it('is written at once when it comes alone', async () => {
    const commits = new Commits();
    const begun = commits.untilNext();
    const added = gather(commits).add('a');
    await begun;
    expect(commits.groups).toEqual([['a']]);
    commits.end();
    await added;
  });

  it('shares a transaction, and is told of its own commit and of no other', async () => {
    const commits = new Commits();
    const group = gather(commits);
    let begun = commits.untilNext();
    const first = [group.add('a'), group.add('b')];
    await begun;
    let isLateDone = false;
    const late = group.add('c').then(() => (isLateDone = true));
    begun = commits.untilNext();
    commits.end();
    await Promise.all(first);
    expect(isLateDone).toBe(false);
    await begun;
    expect(commits.groups).toEqual([['a', 'b'], ['c']]);
    commits.end();
    await late;
  });

  it('waits a little for company while one is on its way, and no longer than that', async () => {
    const commits = new Commits();
    const group = gather(commits, { maxItems: 3, maxAtOnce: 2, gatherMs: 1 });
    let begun = commits.untilNext();
    const first = group.add('a');
    await begun;
    begun = commits.untilNext();
    const second = [group.add('b'), group.add('c')];
    // The first is slow.
    await begun;
    const third = group.add('d');
    expect(commits.groups).toEqual([['a'], ['b', 'c']]);
    begun = commits.untilNext();
    commits.end();
    commits.end();
    await Promise.all([first, ...second]);
    await begun;
    commits.end();
    await third;
    expect(commits.groups).toEqual([['a'], ['b', 'c'], ['d']]);
  });

  it('does not wait for company when what was on its way has ended', async () => {
    const commits = new Commits();
    const group = gather(commits, { maxItems: 3, maxAtOnce: 2, gatherMs: 3_600_000 });
    let begun = commits.untilNext();
    const first = group.add('a');
    await begun;
    begun = commits.untilNext();
    const second = group.add('b');
    commits.end();
    await Promise.all([first, begun]);
    commits.end();
    await second;
    expect(commits.groups).toEqual([['a'], ['b']]);
  });

  it('is written as nobody in particular, whoever came first', async () => {
    const inside = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const write = async (): Promise<void> => {
      seen.push(inside.getStore() ?? null);
    };
    const group = new GroupCommit<string>(write, () => false, { maxItems: 3, maxAtOnce: 1 });
    await inside.run('a request', () => group.add('a'));
    expect(seen).toEqual([null]);
  });

  it('is refused while too much waits, and taken again when less does', async () => {
    const commits = new Commits();
    const group = gather(commits, { maxItems: 3, maxAtOnce: 1, maxWaiting: 2 });
    const begun = commits.untilNext();
    const first = group.add('a');
    await begun;
    const waiting = [group.add('b'), group.add('c')];
    expect(await messageOf(group.add('d'))).toBe('2 wait to be written');
    const next = commits.untilNext();
    commits.end();
    await first;
    await next;
    const late = group.add('e');
    commits.end();
    await Promise.all(waiting);
    if (commits.groups.length < 3) await commits.untilNext();
    commits.end();
    await late;
    expect(commits.groups).toEqual([['a'], ['b', 'c'], ['e']]);
  });

  it('goes into as many transactions as its bound demands', async () => {
    const commits = new Commits();
    const group = gather(commits);
    const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((item) => group.add(item));
    for (let n = 0; n < 3; n++) {
      if (commits.groups.length === n) await commits.untilNext();
      commits.end();
    }
    await Promise.all(all);
    expect(commits.groups).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);
  });

  it('is written by itself when one among it cannot be stored: its neighbours are, and it alone fails', async () => {
    const commits = new Commits();
    const group = gather(commits);
    const [a, bad, b] = [group.add('a'), messageOf(group.add('bad')), group.add('b')];
    await commits.untilNext();
    await commits.untilNext();
    commits.end();
    await a;
    expect(await bad).toBe('cannot be stored');
    if (commits.groups.length < 4) await commits.untilNext();
    commits.end();
    await b;
    expect(commits.groups).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
  });

  it('fails as one when the database does: nobody is told that it is kept', async () => {
    const commits = new Commits();
    const group = gather(commits);
    const both = [messageOf(group.add('a')), messageOf(group.add('lost'))];
    expect(await Promise.all(both)).toEqual(['connection lost', 'connection lost']);
    expect(commits.groups).toHaveLength(1);
  });
});
