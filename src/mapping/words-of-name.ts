import { oneLine } from './plain-text.js';

/** What cannot be seen separates words; joiners within a word stay, for Devanagari and Persian need them. */
const INVISIBLE = /[\p{White_Space}\u180E\u200B\uFEFF]+/gu;

/** Where a word may be hyphenated, or must not be broken: within words alone. */
const WITHIN_WORDS = /[\u00AD\u2060]/gu;

/** Half of a picture that was cut off. A letter that was lost (U+FFFD) stays, or the rest of its word would be two. */
const HALF_CHARACTER = /\p{Surrogate}/gu;

const COMMAS = /[,，،、]/u;

/** `Robert (Bob) Smith`, `Robert "Bob" Smith`; an apostrophe quotes only where it stands around words. */
const NICKNAMES = [
  /\([^()]*\)|（[^（）]*）|\[[^[\]]*\]/gu,
  /"[^"]*"|“[^“”]*”|„[^“”„]*[“”]|«[^«»]*»|「[^「」]*」/gu,
  /(?<=^|[\s,])['‘][^'’‘]*['’](?=$|[\s,])/gu,
];

/** Brackets and quotes that were never closed, and pictures. */
const NOISE = /[()（）[\]"“”„«»「」]|\p{Extended_Pictographic}|\uFE0F/gu;

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
  return text
    .replaceAll(NOISE, ' ')
    .replaceAll(DOTS, ' ')
    .replaceAll(DOCTORATE, 'PhD')
    .replaceAll(/(?<=\p{L}-) (?=\p{L})/gu, '')
    .replaceAll(ELISION, '')
    .split(COMMAS)
    .map((part) => part.split(/ +/).filter((word) => /\p{L}/u.test(word)))
    .filter((words) => words.length > 0);
}
