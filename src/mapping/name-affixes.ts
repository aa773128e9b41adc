/** Words of names that are not names themselves; compared without dots and, mostly, without case. */
const keyOf = (word: string): string => word.replaceAll('.', '').toLowerCase();

const GENERATIONS = new Map([
  ['jr', 'Jr.'],
  ['junior', 'Jr.'],
  ['sr', 'Sr.'],
  ['senior', 'Sr.'],
  ['ii', 'II'],
  ['iii', 'III'],
  ['iv', 'IV'],
  ['v', 'V'],
  ['2nd', 'II'],
  ['3rd', 'III'],
  ['4th', 'IV'],
  ['5th', 'V'],
]);

const HONORIFICS = new Set('mr mrs ms miss mx mister dr prof professor rev sra srta'.split(' '));

const DEGREES = new Set(
  'phd edd md dds dmd dvm jd esq mba msw mph cpa cfa pmp rn bsn msn lpn dnp pharmd'.split(' '),
);

const DOUBTFUL = new Set('v md jd rn junior senior'.split(' '));

const PARTICLES = new Set([
  ...'van von vom der ter ten zu zum zur af av te st mac'.split(' '),
  ...'de del della dello dei degli da dos das di du le la las los'.split(' '),
  ...'bin binti bint ibn abu abd al al- el el-'.split(' '),
  "'t",
  '’t',
  ...'بن ابن بنت آل أبو ابو عبد בן בת'.split(' '),
]);

/** Particles that are names when they begin with a capital: `Anna Do Smith`. */
const LOWER_CASE_PARTICLES = new Set('do den des lo op und'.split(' '));

/** The suffix in one spelling, or null when the word is none. `Ii` is a name. */
export function generationOf(word: string): string | null {
  const isMixedNumeral = /^I[iv]/.test(word);
  return isMixedNumeral ? null : (GENERATIONS.get(keyOf(word)) ?? null);
}

/** `Mr.`, `Dr.`: stands before a name. */
export const isHonorific = (word: string): boolean => HONORIFICS.has(keyOf(word));

/** `PhD`, `MD`: stands behind a name. `Md` is short for Mohammad and stays. */
export const isDegree = (word: string): boolean => word !== 'Md' && DEGREES.has(keyOf(word));

/** A suffix or degree that may as well be a name: `V`, `JD`. */
export const isDoubtful = (word: string): boolean => DOUBTFUL.has(keyOf(word));

/** `van`, `de la`, `al-`: belongs to the last name that follows. */
export const isParticle = (word: string): boolean =>
  PARTICLES.has(keyOf(word)) || LOWER_CASE_PARTICLES.has(word);

/** `Ortega y Gasset`, `Souza e Silva`: joins two last names; as a capital it is an initial. */
export const isLink = (word: string): boolean => ['y', 'e', 'i'].includes(word);

/** True only in scripts that have two cases. */
export const isLowerCase = (word: string): boolean =>
  word === word.toLowerCase() && word !== word.toUpperCase();
