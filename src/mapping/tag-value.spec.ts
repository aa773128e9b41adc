import { describe, expect, it } from 'vitest';
import { leavingAside, readTags } from './tag-value.js';

const valuesOf = (tags: readonly string[], prefix: string | null = 'Product:') =>
  readTags(tags, prefix, 'productPrefix').found.map(({ value }) => value);

const warningsOf = (tags: readonly string[], prefix: string) =>
  readTags(tags, prefix, 'productPrefix').warnings.map(({ message }) => message);

describe('the value of a tag', () => {
  it.each([
    ['Product: A', 'A'],
    ['Product:A', 'A'],
    ['Product:', ''],
    ['Product: Product: A', 'Product: A'],
    ...['\u00A0', '\u2003', '\u3000', '\u200B', '\uFEFF', '\t', '\r\n'].map((space) => [
      `Product:${space}A B${space}`,
      'A B',
    ]),
  ])('is what follows the prefix, without any Unicode space around it: %j (M1)', (tag, value) => {
    expect(valuesOf([tag ?? ''])).toEqual([value]);
  });

  it.each(['A Product: B', ' Product: B', 'product: B', 'Product B', 'Produc', ''])(
    'is not read from %j, which does not begin with the prefix (M2)',
    (tag) => {
      expect(valuesOf([tag])).toEqual([]);
    },
  );

  it.each([null, ''])('is never read without a prefix: %j (M2)', (prefix) => {
    expect(readTags(['Product: A', ''], prefix, 'productPrefix')).toEqual({ found: [], warnings: [] });
  });

  it('tells hyphen, en dash and em dash apart (M11)', () => {
    expect(valuesOf(['A - 1', 'A – 2', 'A — 3'], 'A –')).toEqual(['2']);
  });

  it('is given once and in an order that does not depend on the tags (M13)', () => {
    const tags = ['Product: B', 'Product:A', 'Product: A', 'Product: B'];
    const reading = readTags(tags, 'Product:', 'productPrefix');
    expect(reading.found).toEqual([
      { value: 'A', tag: 'Product: A' },
      { value: 'B', tag: 'Product: B' },
    ]);
    expect(readTags(tags.toReversed(), 'Product:', 'productPrefix')).toEqual(reading);
  });
});

describe('a tag that almost has the prefix', () => {
  it.each([
    ['Package - A', 'Package – ', 'the kind of dash'],
    ['Package — A', 'Package – ', 'the kind of dash'],
    ['PACKAGE – A', 'Package – ', 'letter case'],
    ['Package –A', 'Package – ', 'spaces'],
    ['Package –\u00A0A', 'Package – ', 'spaces'],
    ['Package： A', 'Package:', 'the form of a character'],
    ['Pru\u0308fung: A', 'Prüfung:', 'the form of a character'],
    ['package-A', 'Package – ', 'letter case, dashes, spaces or the form of a character'],
    ['ｐａｃｋａｇｅ－A', 'Package – ', 'letter case, dashes, spaces or the form of a character'],
  ])('%j is named in a warning: %j differs in %s (M2)', (tag, prefix, differsIn) => {
    expect(valuesOf([tag], prefix)).toEqual([]);
    expect(warningsOf([tag], prefix)).toEqual([expect.stringMatching(`only in ${differsIn}\\.$`)]);
  });

  it('is not any other tag (M2)', () => {
    expect(warningsOf(['Remote', 'Pack', 'Packages – A'], 'Package – ')).toEqual([]);
  });
});

describe('the end of a reason that leaves tags aside', () => {
  it.each([
    [['Office: A', 'Remote'], 'Office:', ', so "Office: A" is not looked at'],
    [['Office: B', 'Office: A'], 'Office:', ', so "Office: A" and "Office: B" are not looked at'],
    [['Remote'], 'Office:', ''],
    [['Office: A'], null, ''],
  ])('names those with the prefix: %j, %j (M12)', (tags, prefix, end) => {
    expect(leavingAside(tags, prefix)).toBe(end);
  });
});
