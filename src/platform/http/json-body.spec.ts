import { describe, expect, it } from 'vitest';
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
});
