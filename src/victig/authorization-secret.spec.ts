import { describe, expect, it } from 'vitest';
import { carriesSecret } from './authorization-secret.js';

const SECRET = 'Bearer 7f3c-secret';

describe('the secret of a callback (V1)', () => {
  it('is the whole Authorization header (V1)', () => {
    expect(carriesSecret(SECRET, SECRET)).toBe(true);
  });

  it('may be either of two while it is rotated (V1)', () => {
    expect(carriesSecret('old', 'new, old')).toBe(true);
    expect(carriesSecret('new', 'new, old')).toBe(true);
    expect(carriesSecret('new, old', 'new, old')).toBe(false);
  });

  it.each([undefined, null, '', ' ', ',', ' , '])(
    'is never right when none is configured: %j (V1)',
    (none) => {
      for (const header of [SECRET, '', undefined, ',']) expect(carriesSecret(header, none)).toBe(false);
    },
  );

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['another', 'Bearer other'],
    ['truncated', SECRET.slice(0, -1)],
    ['longer', `${SECRET}x`],
    ['without its scheme', '7f3c-secret'],
    ['in another case', SECRET.toUpperCase()],
    ['a list', [SECRET]],
    ['a number', 7],
  ])('is refused when it is %s (V1)', (_what, header) => {
    expect(carriesSecret(header, SECRET)).toBe(false);
  });
});
