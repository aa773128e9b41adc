import { describe, expect, it, vi } from 'vitest';
import { TimeOrderedIds } from './ids.js';

describe('ids of time', () => {
  const made = (count: number): string[] => {
    const ids = [new TimeOrderedIds(), new TimeOrderedIds()];
    return Array.from({ length: count }, (_, index) => ids[index % 2]!.next());
  };

  it('are UUIDs of version 7 with the time at which they are made', () => {
    const before = Date.now();
    const [id = ''] = made(1);
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const ms = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThanOrEqual(Date.now());
  });

  it('sort as they are made, whoever makes them, beyond what is asked of chance at once', () => {
    const ids = made(5_000);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(5_000);
  });

  it('sort as they are made when the clock is set back', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_000 });
    try {
      const before = made(3);
      vi.setSystemTime(Date.now() - 500);
      const after = made(3);
      vi.setSystemTime(Date.now() + 1_000);
      const ids = [...before, ...after, ...made(3)];
      expect(ids.toSorted()).toEqual(ids);
    } finally {
      vi.useRealTimers();
    }
  });

  it('end by chance', () => {
    const ends = new Set(made(1_000).map((id) => id.slice(-12)));
    expect(ends.size).toBe(1_000);
  });
});
