import { describe, expect, it } from 'vitest';
import { choosePhone } from './choose-phone.js';

describe('choosePhone', () => {
  it.each([
    ['415-226-0134', '(415) 226-0134'],
    ['(415) 226-0134', '(415) 226-0134'],
    ['+1 415 226 0134', '(415) 226-0134'],
    ['1.415.226.0134', '(415) 226-0134'],
    [' \u202A4152260134\u202C\n', '(415) 226-0134'],
    ['４１５２２６０１３４', '(415) 226-0134'],
    ['416 234 5678', '+14162345678'],
    ['787 234 5678', '+17872345678'],
    ['+44 20 7183 8750', '+442071838750'],
    ['011 44 20 7183 8750', '+442071838750'],
    ['+49 (0)30 901820', '+4930901820'],
  ])('sends %j as %s (M9)', (text, phone) => {
    expect(choosePhone([text])).toEqual({ phone, reason: 'It is the only phone number.', warnings: [] });
  });

  it.each([
    '226-0134',
    '555 555 5555',
    '+1 000 000 0000',
    '+999 123456',
    '020 7183 8750',
    '1-800-FLOWERS',
    'call 415 226 0134',
    '415 226 0134 or 0135',
    '415-226-0134 😀',
    '415\u00002260134',
    '415\n2260134',
    '9'.repeat(500),
    'n/a',
  ])('leaves %j out with a warning that does not repeat it, and no error (M9)', (text) => {
    expect(choosePhone([text])).toEqual({
      phone: null,
      reason: 'No phone number is valid.',
      warnings: [{ code: 'phone_left_out', message: 'Not valid and left out: phone number no. 1.' }],
    });
  });

  it.each(['(415) 226-0134 x5', '415-226-0134 ext. 22', '+1 415 226 0134;ext=22'])(
    'sends %j without its extension, with a warning (M9)',
    (text) => {
      const { phone, warnings } = choosePhone([text]);
      expect(phone).toBe('(415) 226-0134');
      expect(warnings.map(({ code }) => code)).toEqual(['phone_extension_left_out']);
      expect(JSON.stringify(warnings)).not.toMatch(/\d/);
    },
  );

  it('takes the first valid one and warns of those before it (M9)', () => {
    expect(choosePhone(['', '123', 'n/a', '+44 20 7183 8750', '415 226 0134', 'x'])).toEqual({
      phone: '+442071838750',
      reason: 'It is the first valid one of 5 phone numbers. The ones before it are not valid.',
      warnings: [{ code: 'phone_left_out', message: 'Not valid and left out: phone number no. 1, no. 2.' }],
    });
    expect(choosePhone(['415 226 0134', '123'])).toEqual({
      phone: '(415) 226-0134',
      reason: 'It is the first valid one of 2 phone numbers.',
      warnings: [],
    });
  });

  it.each([[[]], [['']], [[' ', '\u00A0']]])(
    'goes without a phone for %j, without a warning (M9)',
    (phones) => {
      expect(choosePhone(phones)).toEqual({ phone: null, reason: 'There is no phone number.', warnings: [] });
    },
  );
});
