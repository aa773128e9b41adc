import { describe, expect, it } from 'vitest';
import { chooseEmail } from './choose-email.js';

const LABEL_63 = 'd'.repeat(63);

describe('chooseEmail', () => {
  it.each([
    'ann@example.com',
    'Ann.Smith+jobs@mail.example.co.uk',
    "o'brien_1@example-mail.org",
    '1@2.io',
    `${'l'.repeat(64)}@example.com`,
    `a@${LABEL_63}.com`,
    'ann@xn--bcher-kva.example',
    'ann@example.xn--p1ai',
  ])('takes %s (M9)', (email) => {
    expect(chooseEmail([email])).toEqual({ email, reason: 'It is the only email address.' });
  });

  it.each(['\u00A0', '\u200B', '\u2060', '\u3000', '\u0085', '\t'])(
    'does not mind a space of any kind around an address: %j (M9)',
    (space) => {
      expect(chooseEmail([`${space}ann@example.com${space}`])).toMatchObject({ email: 'ann@example.com' });
      expect(chooseEmail([space])).toEqual({ refusal: 'missing_email' });
    },
  );

  it.each([
    'ann',
    'ann@',
    '@example.com',
    'ann@localhost',
    'ann@example.com.',
    'ann@.example.com',
    'ann@example..com',
    'ann@-example.com',
    'ann@example-.com',
    'ann@example.c',
    'ann@10.0.0.1',
    'ann@[10.0.0.1]',
    '.ann@example.com',
    'ann.@example.com',
    'a..nn@example.com',
    'ann@home@example.com',
    'ann smith@example.com',
    '"ann smith"@example.com',
    'Ann <ann@example.com>',
    'mailto:ann@example.com',
    'ann@example.com, bob@example.com',
    'ann@example.com\nBcc: bob@example.com',
    'ann\u0000@example.com',
    'ann\u200B@example.com',
    'josé@example.com',
    'ann@exämple.com',
    `${'l'.repeat(65)}@example.com`,
    `a@${LABEL_63}d.com`,
    `${'l'.repeat(60)}@${`${'d'.repeat(60)}.`.repeat(3)}example.com`,
  ])('does not take %j (M9)', (email) => {
    expect(chooseEmail([email])).toEqual({ refusal: 'invalid_email' });
  });

  it('takes the first valid one, without the spaces around it (M9)', () => {
    expect(chooseEmail([' ', 'ann@', '\u00A0 ann@example.com\n', 'bob@example.com'])).toEqual({
      email: 'ann@example.com',
      reason: 'It is the first valid one of 3 email addresses. The ones before it are not valid.',
    });
    expect(chooseEmail(['ann@example.com', 'bob@'])).toEqual({
      email: 'ann@example.com',
      reason: 'It is the first valid one of 2 email addresses.',
    });
  });

  it.each([[[]], [['']], [[' ', '\n\t']]])('says that none is there for %j (M9)', (emails) => {
    expect(chooseEmail(emails)).toEqual({ refusal: 'missing_email' });
  });

  it('takes a long hostile text in good time (M9)', () => {
    for (const part of ['a', 'a.', 'a@', '@', '.', ' ']) {
      const begun = performance.now();
      expect(chooseEmail([`${part.repeat(100_000)}!`])).toHaveProperty('refusal');
      expect(performance.now() - begun).toBeLessThan(1000);
    }
  });
});
