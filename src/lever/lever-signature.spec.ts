import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSigned } from './lever-signature.js';

/** The vector of the project's Lever reference. */
const KEY = '5f1c0a9be27d4438a6c1f0b35d92e7484bb0c3d1a7e6f852';
const BODY = {
  token: '9d3b41c07ea2f5684c1d0b7e92a35f6818c4e0d7b3a9f254',
  triggeredAt: 1767225600123,
  signature: '6c3aef966e5de99ff8f60ffcac310ac1e2c81494e866956dae7e5894fdd36ecd',
};
const OTHER = 'b'.repeat(48);

const signed = (token: unknown, triggeredAt: unknown, key = KEY) => ({
  token,
  triggeredAt,
  signature: createHmac('sha256', key)
    .update(`${String(token)}${String(triggeredAt)}`)
    .digest('hex'),
});

describe('the signature of a Lever webhook (T1)', () => {
  it('is accepted as Lever makes it (T1)', () => {
    expect(isSigned({ ...BODY, event: 'candidateStageChange', data: {} }, [KEY])).toBe(true);
  });

  it('is accepted with any of several tokens while one is rotated (T1)', () => {
    expect(isSigned(BODY, [OTHER, KEY])).toBe(true);
    expect(isSigned(BODY, [KEY, OTHER])).toBe(true);
  });

  it('is refused once its token is gone, and without any token (T1)', () => {
    expect(isSigned(BODY, [OTHER])).toBe(false);
    expect(isSigned(BODY, [])).toBe(false);
  });

  it('is refused when made with an empty token, even if one was configured (T1)', () => {
    expect(isSigned(signed('t', 1, ''), [''])).toBe(false);
  });

  it.each(['token', 'triggeredAt', 'signature'] as const)('is refused without %s (T1)', (field) => {
    const { [field]: _missing, ...rest } = BODY;
    expect(isSigned(rest, [KEY])).toBe(false);
  });

  it.each([
    ['of another token', { ...BODY, token: OTHER }],
    ['of another time', { ...BODY, triggeredAt: BODY.triggeredAt + 1 }],
    ['with one digit changed', { ...BODY, signature: BODY.signature.replace(/d$/, 'c') }],
    ['truncated', { ...BODY, signature: BODY.signature.slice(0, -2) }],
    ['truncated to nothing', { ...BODY, signature: '' }],
    ['too long', { ...BODY, signature: `${BODY.signature}00` }],
    ['followed by a line break', { ...BODY, signature: `${BODY.signature}\n` }],
    ['in upper case', { ...BODY, signature: BODY.signature.toUpperCase() }],
    ['not hex', { ...BODY, signature: 'z'.repeat(64) }],
    ['in a list', { ...BODY, signature: [BODY.signature] }],
  ])('is refused when it is %s (T1)', (_what, body) => expect(isSigned(body, [KEY])).toBe(false));

  it('is over the two joined, so that only the age betrays a digit that was moved between them (T1, T3)', () => {
    const moved = { ...BODY, token: `${BODY.token}1`, triggeredAt: 767225600123 };
    expect(isSigned(moved, [KEY])).toBe(true);
  });

  it.each([
    ['a number as token', signed(7, 1)],
    ['a list as token', signed(['t'], 1)],
    ['text as time', signed('t', '1')],
    ['null as time', signed('t', null)],
    ['a time beyond exact numbers', signed('t', 2 ** 60)],
    ['a time that is no whole number', signed('t', 1.5)],
  ])('is refused over %s (T1)', (_what, body) => expect(isSigned(body, [KEY])).toBe(false));

  it.each([null, undefined, 'text', 7, true, [], [BODY], {}])('is refused in the body %j (T1)', (body) =>
    expect(isSigned(body, [KEY])).toBe(false),
  );
});
