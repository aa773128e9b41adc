import { distance } from 'fastest-levenshtein';
import { isSpace } from './plain-text.js';
import type { Nearest } from './refusals.js';

type Fold = (text: string) => string;

const foldCase: Fold = (text) => text.toLowerCase();
const foldDashes: Fold = (text) => text.replaceAll(/\p{Dash}/gu, '-');
/** Wide and narrow forms, and accents that are characters of their own: `：` and `:`, `é` and `é`. */
const foldForms: Fold = (text) => text.normalize('NFKC');
const foldSpaces: Fold = (text) =>
  Array.from(text)
    .filter((character) => !isSpace(character))
    .join('');

const DIFFERENCES: readonly { differsIn: string; fold: Fold }[] = [
  { differsIn: 'letter case', fold: foldCase },
  { differsIn: 'the kind of dash', fold: foldDashes },
  { differsIn: 'spaces', fold: foldSpaces },
  { differsIn: 'the form of a character', fold: foldForms },
  {
    differsIn: 'letter case, dashes, spaces or the form of a character',
    fold: (text) => foldSpaces(foldDashes(foldCase(foldForms(text)))),
  },
];

/** Longer texts are compared by their beginning: nobody mistypes a name of that length. */
const COMPARED = 200;

/** In what alone two texts differ when a person would easily miss it, else null; null too for equal texts. */
function hiddenDifference(a: string, b: string): string | null {
  if (a === b) return null;
  return DIFFERENCES.find(({ fold }) => fold(a) === fold(b))?.differsIn ?? null;
}

/** In what alone a tag fails to begin with a prefix; null when it does begin so, or is another thing altogether. */
export function hiddenPrefixDifference(tag: string, prefix: string): string | null {
  if (tag.startsWith(prefix)) return null;
  return DIFFERENCES.find(({ fold }) => fold(tag).startsWith(fold(prefix)))?.differsIn ?? null;
}

/**
 * The name most like the one that was asked for: first one that differs only in what is hard to see; of equally near
 * ones the first of the alphabet.
 */
export function nearestName(asked: string, names: readonly string[]): Nearest | null {
  const folded = foldCase(asked.slice(0, COMPARED));
  const ranked = [...new Set(names)]
    .map((name) => {
      const looksTheSame = hiddenDifference(asked, name) !== null;
      return { name, far: looksTheSame ? 0 : distance(folded, foldCase(name.slice(0, COMPARED))) };
    })
    .toSorted((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
  const name = ranked[0]?.name;
  return name === undefined ? null : { name, differsOnlyIn: hiddenDifference(asked, name) };
}
