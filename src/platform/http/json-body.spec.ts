import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors/domain-error.js';
import { parseJsonBody } from './json-body.js';

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text));

describe('the JSON body (F6)', () => {
  it('reads ordinary JSON', () => {
    expect(parse('{"a":[1,"[[[{\\"",null]}')).toEqual({ a: [1, '[[[{"', null] });
  });

  it('takes 64 levels and refuses 65', () => {
    expect(() => parse('['.repeat(64) + ']'.repeat(64))).not.toThrow();
    expect(() => parse('['.repeat(65) + ']'.repeat(65))).toThrow(/deeper than 64 levels/);
  });

  it('refuses a bomb of a million brackets without building it', () => {
    expect(() => parse('['.repeat(1_000_000))).toThrow(/deeper than 64 levels/);
  });

  it.each([
    ['text that is not JSON', Buffer.from('{'), /not valid JSON/],
    ['nothing', Buffer.alloc(0), /not valid JSON/],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not valid UTF-8/],
    ['a NUL', Buffer.from('{"a":"\\u0000"}'), /NUL/],
    ['a NUL in a key', Buffer.from('{"\\u0000":1}'), /NUL/],
    ['a lone surrogate', Buffer.from('["\\ud800"]'), /surrogate/],
    ['a prototype key', Buffer.from('{"__proto__":{}}'), /not allowed/],
  ])('refuses %s', (_name, body, message) => {
    expect(() => parseJsonBody(body)).toThrow(message);
  });

  const refusalOf = (text: string): DomainError => {
    try {
      parse(text);
    } catch (error) {
      if (error instanceof DomainError) return error;
    }
    throw new Error('it was taken');
  };

  it.each([
    ['{"name":"a","name":"b"}', 'name'],
    ['{"settings":{"flag":{"prefix":"secret-1","prefix":"secret-2"}}}', 'settings.flag.prefix'],
    ['{"signatureTokens":[{},{"a":1,"\\u0061":2}]}', 'signatureTokens.1.a'],
  ])('refuses a key that comes twice, as in %s, and names where and no value (F6)', (text, path) => {
    const { code, message, faults } = refusalOf(text);
    expect(code).toBe('malformed_request');
    expect(message).toBe(`The body has the key "${path}" more than once: send each key once.`);
    expect(faults).toEqual([{ path, message: 'must not be there more than once' }]);
    expect(JSON.stringify(faults) + message).not.toContain('secret');
  });

  it.each([
    ['a line feed', '\n', '\\u000a'],
    ['a text that runs the other way', '\u202egnp', '\\u202egnp'],
    ['letters of other scripts', 'ключ', '\\u043a\\u043b\\u044e\\u0447'],
    ['quotation marks and tags', '"<b>', '\\u0022\\u003cb\\u003e'],
    ['a dot', 'a.b', 'a\\u002eb'],
  ])('writes %s in a key as an escape', (_what, key, shown) => {
    const name = JSON.stringify(key);
    expect(refusalOf(`{${name}:1,${name}:2}`).faults[0]?.path).toBe(shown);
  });

  it('cuts long keys and long paths', () => {
    const key = JSON.stringify('k'.repeat(100_000));
    expect(refusalOf(`{${key}:1,${key}:2}`).faults[0]?.path).toBe(`${'k'.repeat(40)}…`);
    const deep = `${'{"a":'.repeat(60)}{"b":1,"b":2}${'}'.repeat(60)}`;
    expect(refusalOf(deep).faults[0]?.path).toBe('a.a.a.a.….a.a.a.b');
  });

  it('takes what JSON.parse takes, and as that, wherever no key comes twice', () => {
    const plain = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(
        fc.oneof(
          plain,
          plain.map((text) => text.slice(1)),
          fc.string(),
        ),
        (text) => {
          let expected: unknown;
          try {
            expected = JSON.parse(text) as unknown;
          } catch {
            expect(() => parse(text)).toThrow(DomainError);
            return;
          }
          if (/\\u0000|\\ud[89a-f]|__proto__/i.test(text)) return;
          expect(parse(text)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});
