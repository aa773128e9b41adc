import { isDegree, isHonorific, isShortCredential } from './name-affixes.js';
import { oneLine } from './plain-text.js';

/** What cannot be seen separates words; joiners within a word stay, for Devanagari and Persian need them. */
const INVISIBLE = /[\p{White_Space}\u180E\u200B\uFEFF]+/gu;

/** Where a word may be hyphenated, or must not be broken: within words alone. */
const WITHIN_WORDS = /[\u00AD\u2060]/gu;

/** Half of a picture that was cut off. A letter that was lost (U+FFFD) stays, or the rest of its word would be two. */
const HALF_CHARACTER = /\p{Surrogate}/gu;

/** Not the end of what stands for a character in HTML: `O&#39;Brien`. */
const COMMAS = /[,，،、；]|(?<!&[#\w]{1,10});/u;

/** `Robert (Bob) Smith`, `Robert "Bob" Smith`; an apostrophe quotes only where it stands around words. */
const NICKNAMES = [
  /\([^()]*\)|（[^（）]*）|\[[^[\]]*\]/gu,
  /"[^"]*"|“[^“”]*”|„[^“”„]*[“”]|«[^«»]*»|「[^「」]*」/gu,
  /(?<=^|[\s,])['‘][^'’‘]*['’](?=$|[\s,])/gu,
];

/** `Mary Smith née Jones`: the name she had. Where nothing is in capitals `nee` may as well be a name. */
const NAME_AT_BIRTH = /(?=(?:née|nee|né|geb\.|geborene) )(?<=\p{L}[,;]? +)[^,，،、;；]*/gu;

/** Brackets and quotes that were never closed, marks that nobody is named with, and pictures with what they are made of: skin, flags. */
const NOISE =
  /[()（）[\]"“”„«»「」*~|_]|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u{E0020}-\u{E007F}]|\uFE0F|\u20E3/gu;

/** Joiners that join nothing, as where a picture was. */
const LOOSE_JOINERS = /^[\u200C\u200D]+|[\u200C\u200D]+$/gu;

/** Where the space behind initials was left out: `Q.Smith`. */
const AFTER_INITIALS = /(?=\p{Lu}\p{Ll}{2})(?<=^(?:\p{Lu}\.)+)/u;

/** Where the space behind a title was left out: `Ms.Jane`. */
const AFTER_TITLE = /^(\p{L}{2,}\.)(\p{L}.*)$/u;

/** The dots between the parts of foreign names in Japanese and Chinese. */
const DOTS = /・|(?<=\p{Script=Han})·(?=\p{Script=Han})/gu;

/** `Ph. D.` as words of their own. `\b`, which knows letters of ASCII only, takes `Ph. D'Souza` and `Joséph D.` for it. */
const DOCTORATE = /(?<![\p{L}\p{M}'’-])ph\.? d(?![\p{L}\p{M}'’-])\.?/giu;

/** `O' Connor`, `Dell' Acqua`: one word, written as two. */
const ELISION = /(?<=(?:^|[\s,])(?:[odl]|dell|dall)['’]) (?=\p{L})/giu;

/** The parts of a name between commas, each as its words; nicknames go, and what holds no letter is no word. */
export function wordsOfName(name: string): string[][] {
  const whole = name.replaceAll(HALF_CHARACTER, ' ').replaceAll(WITHIN_WORDS, '');
  let text = oneLine(whole.normalize('NFC')).replaceAll(INVISIBLE, ' ');
  for (const nickname of NICKNAMES) text = text.replaceAll(nickname, ' ');
  text = withoutNameAtBirth(text);
  return text
    .replaceAll(NOISE, ' ')
    .replaceAll(DOTS, ' ')
    .replaceAll(DOCTORATE, 'PhD')
    .replaceAll(/(?<=\p{L}-) (?=\p{L})/gu, '')
    .replaceAll(ELISION, '')
    .split(COMMAS)
    .map((part) => part.split(/ +/).flatMap(apart))
    .map((words) => words.filter((word) => /\p{L}/u.test(word)))
    .filter((words) => words.length > 0);
}

/** As it is where less than two words would be left: `Mary née Jones Smith`. */
function withoutNameAtBirth(text: string): string {
  if (!/\p{Lu}/u.test(text)) return text;
  const rest = text.replaceAll(NAME_AT_BIRTH, '');
  return (rest.match(/\p{L}+/gu) ?? []).length < 2 ? text : rest;
}

function apart(written: string): string[] {
  const word = written.replaceAll(LOOSE_JOINERS, '');
  if (isDegree(word) || isShortCredential(word)) return [word];
  const [, title = '', name = ''] = AFTER_TITLE.exec(word) ?? [];
  return isHonorific(title) ? [title, name] : word.split(AFTER_INITIALS);
}
