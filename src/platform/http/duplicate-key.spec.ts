import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateKeyIn } from './duplicate-key.js';

/** An object as its members, so that it may have a key twice. */
type Node = { value: string } | { items: Node[] } | { members: [string, Node][] };

const node = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 0 }).map((value) => ({ value: JSON.stringify(value) })),
    fc.array(tie('node'), { maxLength: 4 }).map((items) => ({ items })),
    fc
      .array(
        fc.tuple(fc.oneof(fc.constantFrom('a', 'b', '"', '\\', ':', '{', ''), fc.string()), tie('node')),
        {
          maxLength: 4,
        },
      )
      .map((members) => ({ members })),
  ),
})).node;

/** Each character may also be written as an escape: the key is the same. */
const spelling = (text: string, escaped: boolean): string =>
  escaped
    ? `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
    : JSON.stringify(text);

const textOf = (of: Node, escaped: boolean, space: string): string => {
  if ('value' in of) return of.value;
  if ('items' in of) return `[${of.items.map((item) => space + textOf(item, escaped, space)).join(',')}]`;
  const members = of.members.map(
    ([key, value], at) =>
      `${space}${spelling(key, escaped && at % 2 === 1)}${space}:${space}${textOf(value, escaped, space)}`,
  );
  return `{${members.join(',')}}`;
};

const hasDuplicate = (of: Node): boolean => {
  if ('value' in of) return false;
  if ('items' in of) return of.items.some(hasDuplicate);
  return (
    new Set(of.members.map(([key]) => key)).size < of.members.length ||
    of.members.some(([, value]) => hasDuplicate(value))
  );
};

describe('a key that an object has twice (F6)', () => {
  it.each([
    ['at the top', '{"a":1,"b":2,"a":3}', ['a']],
    ['with the same value', '{"a":1,"a":1}', ['a']],
    ['within', '{"settings":{"flag":{"prefix":"x","prefix":"y"}}}', ['settings', 'flag', 'prefix']],
    ['in a list', '[0,{"a":[{},{"b":1,"b":2}]}]', [1, 'a', 1, 'b']],
    ['in another spelling', '{"a":1,"\\u0061":2}', ['a']],
    ['that is empty', '{"":1,"":2}', ['']],
    ['that is a prototype', '{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['among strings that look like keys', '{"a":"\\"b\\":1,{","b":["b",":"],"b":0}', ['b']],
    ['in the value that another hides', '{"x":{"a":1,"a":2},"x":0}', ['x', 'a']],
    ['amid white space', ' {\n"a" :\t1 , "a"\r:2}', ['a']],
  ])('is found %s', (_where, text, path) => {
    expect(duplicateKeyIn(text)).toEqual(path);
  });

  it.each(['{"a":{"a":{"a":1}},"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"a","b":"a"}', '[]', '""', '7'])(
    'is not found in %s',
    (text) => {
      expect(duplicateKeyIn(text)).toBeNull();
    },
  );

  it('is found exactly where there is one, however it is written', () => {
    fc.assert(
      fc.property(node, fc.boolean(), fc.constantFrom('', ' ', '\n\t'), (of, escaped, space) => {
        const text = textOf(of, escaped, space);
        expect(() => JSON.parse(text) as unknown).not.toThrow();
        expect(duplicateKeyIn(text) !== null).toBe(hasDuplicate(of));
      }),
      { numRuns: 500 },
    );
  });
});
