/** Every character that Unicode calls a space, and those that are as invisible as one. */
const SPACE = /[\p{White_Space}\u180E\u200B\u2060\uFEFF]/u;

export const isSpace = (character: string): boolean => SPACE.test(character);

/** Without leading and trailing spaces of any kind: no-break, thin, ideographic, zero-width. */
export function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  // A loop, for a pattern that looks for spaces at the end takes quadratic time on a text full of spaces.
  while (start < end && isSpace(text.charAt(start))) start += 1;
  while (end > start && isSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/**
 * One line of text that any system can store: control characters and line breaks become a space, half characters
 * a replacement sign, and marks that turn the direction of writing go.
 */
export const oneLine = (text: string): string =>
  trimSpaces(
    text
      .toWellFormed()
      .replaceAll(/\p{Bidi_Control}/gu, '')
      .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' '),
  );

/** One line, or null when nothing can be seen in it. */
export function textOrNull(text: string | null): string | null {
  const line = oneLine(text ?? '');
  return line === '' ? null : line;
}

/** At most `limit` characters; a cut is shown by `…`. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // A character takes two units at the most: so much is enough to see whether there is one too many.
  const characters = Array.from(text.slice(0, (limit + 1) * 2));
  return characters.length <= limit ? characters.join('') : `${characters.slice(0, limit - 1).join('')}…`;
}

/**
 * Text of others as it may stand in a note: one line, of at most `limit` characters, without `@`, by which Lever
 * notifies the people it takes for mentioned: its wide form is put in its place.
 */
export const foreignText = (text: string, limit = 200): string =>
  shorten(oneLine(text), limit).replaceAll(/[@\uFE6B]/g, '＠');

/** Text of others between quotation marks. */
export const quote = (text: string): string => `"${foreignText(text, 120)}"`;

/** `"A"`, `"A" and "B"`, `"A", "B" and "C"`; of more than five the first four and how many more. */
export function quoteAll(texts: readonly string[]): string {
  const shown = texts.length > 5 ? texts.slice(0, 4) : texts;
  const phrases = shown.map(quote);
  if (texts.length > 5) phrases.push(`${texts.length - 4} more`);
  const last = phrases.pop() ?? '';
  return phrases.length === 0 ? last : `${phrases.join(', ')} and ${last}`;
}
