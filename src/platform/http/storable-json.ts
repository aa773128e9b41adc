/** Only escapes bring them into text that was read as UTF-8; a whole pair looks like two halves here. */
const MAY_BE_UNSTORABLE = /\\u(?:0000|d[89a-f])/i;

/**
 * Reads JSON whose texts are kept as they are. NUL and half surrogates, which PostgreSQL stores neither of, become
 * replacement signs: what a vendor wrote once must not fail whatever is written down of it ever after.
 * @throws SyntaxError where it is not JSON
 */
export const parseStorable = (text: string): unknown =>
  MAY_BE_UNSTORABLE.test(text) ? JSON.parse(text, storable) : JSON.parse(text);

const storable = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value;
