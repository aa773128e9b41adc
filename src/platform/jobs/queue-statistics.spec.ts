import { expect, it } from 'vitest';
import { QueueStatistics } from './queue-statistics.js';

it('has the server look anew as soon as many jobs wait, and ever less often while they do', () => {
  let nowMs = 5;
  const lookedAt: number[] = [];
  const statistics = new QueueStatistics(
    async (statement) => {
      expect(statement).toBe(
        'SET LOCAL default_statistics_target = 10; ANALYZE (SKIP_LOCKED) pgboss.job_common',
      );
      lookedAt.push(nowMs);
    },
    () => nowMs,
  );
  for (; nowMs < 200_000; nowMs += 250) statistics.manyWait();
  expect(lookedAt).toEqual([5, 1_005, 5_005, 21_005, 81_005, 141_005]);
  nowMs += 300_000;
  const again = nowMs;
  statistics.manyWait();
  nowMs += 1_000;
  statistics.manyWait();
  expect(lookedAt.slice(6)).toEqual([again, again + 1_000]);
});
