import { parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max';
import type { MappingWarning } from './mapping.js';
import { oneLine, textOrNull } from './plain-text.js';
import { warning } from './warnings.js';

/** The phone number that is sent, why, and what was left out. Warnings never repeat a number: it is personal. */
export interface PhoneChoice {
  phone: string | null;
  reason: string;
  warnings: MappingWarning[];
}

/**
 * The first number that libphonenumber calls valid, read as a US number unless it names its country (M9).
 * VICTIG writes US numbers as `(415) 226-0134`; others go as E.164. An extension cannot be sent: it is left out
 * with a warning. Numbers after the chosen one are not looked at.
 */
export function choosePhone(phones: readonly string[]): PhoneChoice {
  const written = phones.filter((phone) => textOrNull(phone) !== null);
  const numbers = written.map(validNumber);
  const index = numbers.findIndex((number) => number !== null);
  const number = numbers[index] ?? null;
  const positions = [...written.slice(0, index === -1 ? written.length : index).keys()].map((at) => at + 1);
  const warnings = positions.length > 0 ? [warning('phone_left_out', { positions })] : [];
  if (number === null) {
    const reason = written.length === 0 ? 'There is no phone number.' : 'No phone number is valid.';
    return { phone: null, reason, warnings };
  }
  if (number.ext !== undefined) warnings.push(warning('phone_extension_left_out'));
  return { phone: formatted(number), reason: reasonFor(index, written.length), warnings };
}

function validNumber(text: string): PhoneNumber | null {
  // A control character within a number is a fault, not a space.
  if (/\p{Cc}/u.test(text.trim())) return null;
  // `extract: false`: the whole text must be the number; digits fished out of a sentence may be anything.
  const number = parsePhoneNumberFromString(oneLine(text), { defaultCountry: 'US', extract: false });
  return number?.isValid() === true ? number : null;
}

const formatted = ({ country, number, nationalNumber }: PhoneNumber): string =>
  country === 'US'
    ? `(${nationalNumber.slice(0, 3)}) ${nationalNumber.slice(3, 6)}-${nationalNumber.slice(6)}`
    : number;

function reasonFor(index: number, count: number): string {
  if (count === 1) return 'It is the only phone number.';
  const before = index === 0 ? '' : ' The ones before it are not valid.';
  return `It is the first valid one of ${count} phone numbers.${before}`;
}
