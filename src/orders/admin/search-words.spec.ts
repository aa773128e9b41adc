import { describe, expect, it } from 'vitest';
import { tsqueryOf } from './search-words.js';

describe('a search for words', () => {
  it.each([
    ['Criminal Package 1', `'criminal' & 'package' & '1'`],
    ['crim', `'crim':*`],
    ['cr', `'cr'`],
    ['  576468 ', `'576468':*`],
    ['criminal 57646', `'criminal' & '57646':*`],
    ['0199', `'0199'`],
    ['0199f3a', `'0199f3a'`],
    ['0199f3a0', `'0199f3a0':*`],
    ['é ab abc', `'é' & 'ab' & 'abc'`],
    ["it's", `'it''s':*`],
    [String.raw`a\b!`, String.raw`'a\\b!':*`],
    ['!(a|b) <-> c', `'!(a|b)' & '<->' & 'c'`],
    ['https://hire.lever.co/candidates/8F1C2B7E-3D5A', `'8f1c2b7e-3d5a':*`],
  ])('writes %j as %j', (text, query) => {
    expect(tsqueryOf(text)).toBe(query);
  });

  it('marks words without a digit with the installation that they are sought in', () => {
    const installation = '01a214ca-766f-7070-8a51-48388b0e4e01';
    expect(tsqueryOf('Criminal Package 1', installation)).toBe(
      `'8b0e4e01/criminal' & '8b0e4e01/package' & '1'`,
    );
    expect(tsqueryOf('missing', installation)).toBe(`'8b0e4e01/missing':*`);
    expect(tsqueryOf('576468', installation)).toBe(`'576468':*`);
  });

  it('takes ten words at the most', () => {
    expect(tsqueryOf('w '.repeat(50)).split(' & ')).toHaveLength(10);
  });
});
