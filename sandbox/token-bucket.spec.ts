import { assert, array, integer, property } from 'fast-check';
import { describe, it } from 'vitest';
import { tokenBucket } from './token-bucket.ts';

describe('a token bucket', () => {
  it('never lets more through than its burst and what has been refilled', () => {
    const gaps = array(integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    assert(
      property(gaps, (gapsMs) => {
        const bucket = tokenBucket(10, 20);
        let nowMs = 1_000;
        let taken = 0;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          if (bucket.take(nowMs) === 0) taken += 1;
        }
        return taken <= 20 + ((nowMs - 1_000) * 10) / 1_000 + 1;
      }),
    );
  });
});
