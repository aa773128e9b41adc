import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { v7 } from 'uuid';
import { eldestIdOf, youngestIdOf } from './ids-of-time.js';

const SLACK_MS = 300_000;

describe('the ids of a time', () => {
  it('hold every id that was made then, and none of another time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 * SLACK_MS, max: 2 ** 47 }), (msecs) => {
        const id = v7({ msecs });
        const at = (ms: number) => new Date(msecs + ms);
        expect(eldestIdOf(at(SLACK_MS)) <= id && id <= youngestIdOf(at(-SLACK_MS))).toBe(true);
        expect(eldestIdOf(at(SLACK_MS + 1)) > id && id > youngestIdOf(at(-SLACK_MS - 1))).toBe(true);
      }),
    );
  });

  it.each([
    ['before there were any', '0001-01-01T00:00:00Z', '00000000-0000-'],
    ['when there can be none any more', '+275760-09-13T00:00:00Z', 'ffffffff-ffff-'],
  ])('are ids still %s', (_when, time, expected) => {
    expect(eldestIdOf(new Date(time)).slice(0, 14)).toBe(expected);
    expect(youngestIdOf(new Date(time)).slice(0, 14)).toMatch(/^(0000|ffff)/);
  });
});
