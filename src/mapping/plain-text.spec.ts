import { describe, expect, it } from 'vitest';
import { foreignText, oneLine, quote, quoteAll, shorten, textOrNull, trimSpaces } from './plain-text.js';

const SPACES = [' ', '\t', '\n', '\u00A0', '\u2003', '\u3000', '\u180E', '\u200B', '\u2060', '\uFEFF'];

describe('trimming', () => {
  it.each(SPACES)('takes %j from both ends and leaves it within', (space) => {
    expect(trimSpaces(`${space}${space}a${space}b${space}`)).toBe(`a${space}b`);
    expect(trimSpaces(space)).toBe('');
  });

  it('leaves text without spaces as it is', () => {
    expect(trimSpaces('')).toBe('');
    expect(trimSpaces('-a-')).toBe('-a-');
  });
});

describe('one line', () => {
  it('makes one space of control characters and line breaks', () => {
    expect(oneLine('a\r\nb\u0000c\u2028\u2029d\u0085e')).toBe('a b c d e');
  });

  it('turns no direction of writing, and replaces half characters', () => {
    expect(oneLine('a\u202Eb\u2066c\u200F')).toBe('abc');
    expect(oneLine('a\uD83Db')).toBe('a\uFFFDb');
  });

  it('is trimmed, and null when nothing can be seen in it', () => {
    expect(oneLine('\n a \u200B')).toBe('a');
    expect(textOrNull(' \u0000\u200B')).toBeNull();
    expect(textOrNull(null)).toBeNull();
    expect(textOrNull(' a ')).toBe('a');
  });
});

describe('shortening', () => {
  it('leaves what is as long as it may be, and shows a cut', () => {
    expect(shorten('abcde', 5)).toBe('abcde');
    expect(shorten('abcdef', 5)).toBe('abcd…');
  });

  it('counts characters and halves none', () => {
    expect(shorten('😀😀😀', 3)).toBe('😀😀😀');
    expect(shorten('😀😀😀😀', 3)).toBe('😀😀…');
    expect(shorten('a😀😀😀😀😀', 2)).toBe('a…');
  });
});

describe('text of others', () => {
  it('mentions nobody, whichever @ it has', () => {
    expect(foreignText('@ana \uFE6Bbob a@b')).toBe('＠ana ＠bob a＠b');
  });

  it('is cut at 200 characters unless said otherwise, and at 120 between quotation marks', () => {
    expect(foreignText('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    expect(foreignText('x'.repeat(200))).toBe('x'.repeat(200));
    expect(foreignText('abc', 2)).toBe('a…');
    expect(quote('x'.repeat(121))).toBe(`"${'x'.repeat(119)}…"`);
  });

  it.each([
    [[], ''],
    [['A'], '"A"'],
    [['A', 'B'], '"A" and "B"'],
    [['A', 'B', 'C'], '"A", "B" and "C"'],
    [['A', 'B', 'C', 'D', 'E'], '"A", "B", "C", "D" and "E"'],
    [['A', 'B', 'C', 'D', 'E', 'F'], '"A", "B", "C", "D" and 2 more'],
  ])('%j is listed as %s', (texts, listed) => {
    expect(quoteAll(texts)).toBe(listed);
  });
});
