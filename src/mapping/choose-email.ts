import { trimSpaces } from './plain-text.js';

/** Lengths of RFC 5321 section 4.5.3.1: an address with its local part, in characters. */
const LONGEST_ADDRESS = 254;
const LONGEST_LOCAL_PART = 64;

/** The dot-atom of RFC 5322: no quotes, no comments, no dot at an end or next to another. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const TOP_LEVEL = /^(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/i;

/**
 * The address that the invitation goes to: the first that is syntactically valid, spaces around it aside (M9).
 * The rule is pragmatic: an ASCII address with a domain that has a dot, as mail providers give them out; a display
 * name (`Ann <ann@example.com>`), an address literal or a control character makes it invalid.
 */
export function chooseEmail(
  emails: readonly string[],
): { email: string; reason: string } | { refusal: 'missing_email' | 'invalid_email' } {
  const written = emails.map(trimSpaces).filter((email) => email !== '');
  if (written.length === 0) return { refusal: 'missing_email' };
  const index = written.findIndex(isAddress);
  const email = written[index];
  if (email === undefined) return { refusal: 'invalid_email' };
  if (written.length === 1) return { email, reason: 'It is the only email address.' };
  const before = index === 0 ? '' : ' The ones before it are not valid.';
  return { email, reason: `It is the first valid one of ${written.length} email addresses.${before}` };
}

function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const localPart = text.slice(0, Math.max(0, at));
  if (text.length > LONGEST_ADDRESS || localPart.length > LONGEST_LOCAL_PART) return false;
  return LOCAL_PART.test(localPart) && isDomain(text.slice(at + 1));
}

function isDomain(text: string): boolean {
  const labels = text.split('.');
  return (
    labels.length > 1 && labels.every((label) => LABEL.test(label)) && TOP_LEVEL.test(labels.at(-1) ?? '')
  );
}
