import { describe, expect, it } from 'vitest';
import { canonicalJson, NotCanonical, parseExactJson } from './canonical-json.js';

describe('canonical JSON', () => {
  it('is the one of RFC 8785: its example of ordering, and its literals', () => {
    const example = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const values = [...canonicalJson(example).matchAll(/:"([^"]+)"/g)].map(([, value]) => value);
    expect(values).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
    expect(canonicalJson({ b: [1e30, 4.5, 0.002, -0], a: [null, true, false], c: undefined })).toBe(
      '{"a":[null,true,false],"b":[1e+30,4.5,0.002,0]}',
    );
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\"/')).toBe('"€$\\u000f\\nA\'B\\"\\\\\\"/"');
  });

  it.each([[Number.NaN], [Infinity], [1n], ['\ud800'], [new Date(0)], [undefined]])(
    'is not there for %s',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(NotCanonical);
    },
  );

  it('is read back only as it was written', () => {
    const text = '{"a":[1,-2,0.5],"b":{"c":"1.0"}}';
    expect(canonicalJson(parseExactJson(text))).toBe(text);
    for (const other of ['1.0', '[1e0]', '{"a":1.00000000000000000001}', '9007199254740993']) {
      expect(() => parseExactJson(other)).toThrow(NotCanonical);
    }
  });
});
