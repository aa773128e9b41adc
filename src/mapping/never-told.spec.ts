import { describe, expect, it } from 'vitest';
import { loginLinkOf } from './login-link.js';
import { withoutNeverTold } from './never-told.js';

describe('withoutNeverTold', () => {
  it.each([
    ['Review https://victig.example/send/interchangeview/?a=k3y&b=365', 'Review [link left out]'],
    ['Eligible 123-45-6789', 'Eligible [number left out]'],
    ['HTTPS://victig.example/orderquickapp/?x=k3y 123-45-6789', '[link left out] [number left out]'],
  ])('leaves out of %j what opens a report or names a person (R1)', (text, told) => {
    expect(withoutNeverTold(text)).toBe(told);
  });

  it.each(['Eligible', 'eligible – w/ Terms', 'Eligible 1-23-45', 'see https://victig.example?file=1@x'])(
    'leaves %j as it is (R3)',
    (text) => expect(withoutNeverTold(text)).toBe(text),
  );

  it('tells a link in the form that is asked for', () => {
    expect(withoutNeverTold('see https://victig.example?file=1@x', loginLinkOf)).toBe(
      'see https://victig.example/?file=1%40x',
    );
  });
});
