import {
  generationOf,
  isDegree,
  isDottedCredential,
  isDoubtful,
  isHonorific,
  isInCapitals,
  isLink,
  isLowerCase,
  isNameInTitleCase,
  isParticle,
  isShortCredential,
  looksLikeCredential,
} from './name-affixes.js';
import { wordsOfName } from './words-of-name.js';

/** A name as VICTIG takes it. */
export interface SplitName {
  firstName: string;
  /** Everything between the first and the last name. */
  middleName: string | null;
  lastName: string;
  /** `Jr.`, `Sr.`, `II`, `III`, `IV` or `V`. */
  generation: string | null;
}

/**
 * Splits a name as written in Lever into the parts of an order (M8). What is decided here:
 * - Without a comma the order is as written, in every script: `王 小明` has the first name 王. With a comma the
 *   last name comes first.
 * - The last name is the last word with the particles before it. A particle in lower case opens the last name
 *   wherever it stands (`Maria dos Santos Silva`), save in given names like `María del Carmen`.
 * - A suffix is the generation. Honorifics, degrees, nicknames in quotes or parentheses and the name at birth
 *   (`née Jones`) are dropped: the check is of the legal name. So is what looks like a credential behind a comma: `Jane Smith, CCRN`.
 * - A name of one word cannot be ordered; guessing the other one would check another person.
 */
export function splitName(name: string): SplitName | { refusal: 'missing_name' | 'single_name' } {
  const parts = wordsOfName(name);
  if (parts.flat().every(isNoName)) return { refusal: 'missing_name' };
  const { head, given, afterthoughts } = sortParts(parts);
  const split = given.length > 0 ? splitTurned(head, given) : splitAsWritten(head);
  if (split === null) return { refusal: 'single_name' };
  const suffixes = afterthoughts.map(generationOf);
  return { ...split, generation: split.generation ?? suffixes.find((suffix) => suffix !== null) ?? null };
}

/** Whether a first name may have been taken for a credential (M8). */
export const isCredentialUncertain = (name: string): boolean => sortParts(wordsOfName(name)).isUncertain;

interface SortedParts {
  head: string[];
  /** What stands behind a comma and is part of the name. */
  given: string[];
  /** What stands behind a comma and is none: suffixes, titles, credentials. */
  afterthoughts: string[];
  isUncertain: boolean;
}

function sortParts([head = [], ...rest]: string[][]): SortedParts {
  const sorted: SortedParts = { head, given: [], afterthoughts: [], isUncertain: false };
  const namesOfHead = head.filter(isName);
  const areCapitals = namesOfHead.every(isInCapitals);
  // Whoever has a first and a last name before the comma needs no other.
  const isFull = namesOfHead.length > 1;
  for (const words of rest) {
    const isComplete = isFull || sorted.given.length > 0;
    const isShort = isComplete && words.some(isShortCredential) && words.every(isCredential);
    const isUnknown = isFull && !areCapitals && words.length === 1 && words.every(looksLikeCredential);
    const isSure = isOnlySuffixes(words, head) || (sorted.given.length > 0 && words.every(isCredential));
    if (isSure || isShort || isUnknown) sorted.afterthoughts.push(...words);
    else sorted.given.push(...words);
    // Capitals tell a credential only from names that are not in capitals.
    if (!isSure && (isUnknown || (isShort && areCapitals))) sorted.isUncertain = true;
  }
  return sorted;
}

/** `Last, First Middle`; in `Berg, Jan van der` the particles go home. */
function splitTurned(family: readonly string[], given: readonly string[]): SplitName | null {
  const last = withoutSuffixes(withoutHonorifics(family), 1);
  // A `V` behind given names is a middle initial rather than "the fifth".
  const first = withoutSuffixes(withoutHonorifics(given), 1, Number.POSITIVE_INFINITY);
  const end = first.words.length - trailingParticles(first.words);
  const [firstName, ...middle] = first.words.slice(0, end);
  if (firstName === undefined || last.words.length === 0) return null;
  const lastName = withoutFullStop([...first.words.slice(end), ...last.words].join(' '));
  return { firstName, middleName: joined(middle), lastName, generation: last.generation ?? first.generation };
}

/** `First Middle Last`. */
function splitAsWritten(all: readonly string[]): SplitName | null {
  const { words, generation } = withoutSuffixes(withoutHonorifics(all), 2, 2, isDottedCredential);
  const [firstName] = words;
  // `van Gogh` is a last name alone; `Van Morrison` has both.
  if (firstName === undefined || words.slice(0, -1).every(isLowerCaseParticle)) return null;
  const start = lastNameStart(words);
  const lastName = withoutFullStop(words.slice(start).join(' '));
  return { firstName, middleName: joined(words.slice(1, start)), lastName, generation };
}

/** `Smith.` ends a sentence; `S.` is an initial. */
const withoutFullStop = (lastName: string): string => lastName.replace(/(?<=\p{L}{2})\.$/u, '');

/** Names of devotion whose particles belong to the given name: `María del Carmen López`. */
const DEVOTION = /^mar[ií]a (?:del|de (?:la|las|los)|de(?= jes[uú]s)) \S+ (?=\S)/iu;

/** Where the last name begins; never at the first word. */
function lastNameStart(words: readonly string[]): number {
  const afterGiven = DEVOTION.exec(words.join(' '))?.[0].trim().split(' ').length ?? 1;
  let start = words.length - 1;
  while (start > afterGiven && isParticle(words[start - 1] ?? '')) start -= 1;
  // In `john y smith` lower case tells nothing.
  if (isLowerCase(words[0] ?? '')) return start;
  const isBetween = (index: number): boolean => index >= afterGiven && index < words.length - 1;
  const opened = words.findIndex((word, index) => isBetween(index) && isLowerCaseParticle(word));
  if (opened !== -1) start = Math.min(start, opened);
  const linked = words.findIndex((word, index) => isBetween(index) && isLink(word));
  return linked === -1 ? start : Math.min(start, Math.max(afterGiven, linked - 1));
}

function trailingParticles(words: readonly string[]): number {
  const before = words.slice(1).findLastIndex((word) => !isLowerCaseParticle(word));
  return Math.max(0, words.length - 2 - before);
}

function withoutHonorifics(words: readonly string[]): string[] {
  // `Sr. Juan García`: before a name it is no "senior".
  const start = words.findIndex((word) => !isHonorific(word) && generationOf(word) !== 'Sr.');
  return start === -1 ? [] : words.slice(start);
}

/**
 * Takes suffixes and degrees off the end; those that may be a name go only where more than `enough` words are left, `V`
 * only where more than `enoughWithV` are.
 * @param isDoubtfulToo what goes like those here, and is none elsewhere
 */
function withoutSuffixes(
  words: readonly string[],
  enough: number,
  enoughWithV = enough,
  isDoubtfulToo: (word: string) => boolean = () => false,
) {
  const kept = [...words];
  let generation: string | null = null;
  for (let word = kept.at(-1); word !== undefined; word = kept.at(-1)) {
    const isOfThese = isDoubtfulToo(word);
    if (isNameInTitleCase(word) || !(isOfThese || isSuffix(word))) break;
    const suffix = generationOf(word);
    if ((isOfThese || isDoubtful(word)) && kept.length <= (suffix === 'V' ? enoughWithV : enough)) break;
    generation = suffix ?? generation;
    kept.pop();
  }
  return { words: kept, generation };
}

const isSuffix = (word: string): boolean => generationOf(word) !== null || isDegree(word);

/** No part of a name, even where it stands alone. */
const isNoName = (word: string): boolean =>
  isHonorific(word) || isDegree(word) || (isSuffix(word) && !isDoubtful(word));

/** `Smith, John, Jr.` and `John Smith, MD`; but `Rahman, MD` and `Li, V` give a first name. */
const isOnlySuffixes = (words: readonly string[], head: readonly string[]): boolean =>
  words.every((word) => isHonorific(word) || (isSuffix(word) && (!isDoubtful(word) || head.length > 1)));

const isCredential = (word: string): boolean => isDegree(word) || isShortCredential(word);

/** Neither title, suffix nor particle: `De Luca` and `Smith Jr.` are one name each. */
const isName = (word: string): boolean => !isHonorific(word) && !isSuffix(word) && !isParticle(word);

const isLowerCaseParticle = (word: string): boolean => isLowerCase(word) && isParticle(word);

const joined = (words: readonly string[]): string | null => (words.length > 0 ? words.join(' ') : null);
