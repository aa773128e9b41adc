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

const DEGREES = new Set([
  ...'phd edd md dds dmd dvm jd llm esq mba mha mph mpa mfa mdiv msw bsw bba bsn msn dnp dpt psyd pharmd rph'.split(
    ' ',
  ),
  ...'rn lpn lvn cna np aprn fnp pmhnp crna cnm ccrn pa-c np-c fnp-c fnp-bc rn-bc emt rrt cpht ldn rdn otr slp ccc-slp'.split(
    ' ',
  ),
  ...'bsc msc bcom mcom btech mtech bpharm mpharm barch mphil dphil msed maed eds thd dmin mbbs esquire'.split(
    ' ',
  ),
  ...'licsw rdh pgmp lcsw lmsw lmft lmhc lpc lpcc lcpc bcba lmt cpa cfa cfp pmp phr sphr shrm-cp shrm-scp cissp ccna'.split(
    ' ',
  ),
]);

/** Credentials that are rather a name or initials where they are not in capitals behind a comma: `Yo-Yo Ma`. */
const SHORT_CREDENTIALS = new Set(
  'do pa ma ms mt med ba bs bed be pe pt ot dc od nd rd ld rt beng meng'.split(' '),
);

const DOUBTFUL = new Set('v md jd rn np mba edd barch eds maed esquire junior senior'.split(' '));

/** Degrees that are names where only the first letter is a capital. */
const NAMES_IN_TITLE_CASE = new Set(['Mba', 'Edd', 'Barch', 'Eds', 'Maed']);

const PARTICLES = new Set([
  ...'van von vom der ter ten vander vanden zu zum zur af av te st mac mc'.split(' '),
  ...'de del della dello delle dei degli dal dalla dalle da dos das di du le la las los'.split(' '),
  ...'dela delas delos'.split(' '),
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

/** `DO`, `D.O.`, `MEd`: behind a comma and in capitals; `Do` is a name. */
export const isShortCredential = (word: string): boolean =>
  SHORT_CREDENTIALS.has(keyOf(word)) && /\p{Lu}.*\p{Lu}/u.test(word);

/** `M.Ed.`, `D.O.`: behind a whole name no last name is written so. */
export const isDottedCredential = (word: string): boolean =>
  /\p{L}\.\p{L}/u.test(word) && isShortCredential(word);

/** `CCRN-K`: a credential by its looks. Two letters are rather initials: `JC`. */
export const looksLikeCredential = (word: string): boolean =>
  /^[\p{Lu}.-]+$/u.test(word) && /^\p{Lu}{3,7}$/u.test(word.replaceAll(/[.-]/g, ''));

/** `Chidi Mba`: a last name, while `MBA` is a degree. */
export const isNameInTitleCase = (word: string): boolean => NAMES_IN_TITLE_CASE.has(word);

/** A suffix or degree that may as well be a name: `V`, `JD`. */
export const isDoubtful = (word: string): boolean => DOUBTFUL.has(keyOf(word));

/** `van`, `de la`, `al-`: belongs to the last name that follows. */
export const isParticle = (word: string): boolean =>
  (PARTICLES.has(keyOf(word)) && !areInitials(word)) || LOWER_CASE_PARTICLES.has(word);

/** `M.C.`, `D.A.`; `MC`, too, for no last name begins so but where all is in capitals. */
const areInitials = (word: string): boolean => /\p{L}\.\p{L}/u.test(word) || word === 'MC';

/** `Ortega y Gasset`, `Souza e Silva`: joins two last names; as a capital it is an initial. */
export const isLink = (word: string): boolean => ['y', 'e', 'i'].includes(word);

/** True only in scripts that have two cases; so is `McDONALD`. */
export function isInCapitals(word: string): boolean {
  const rest = word.replace(/^Ma?c(?=\p{Lu})/u, '');
  return rest === rest.toUpperCase() && rest !== rest.toLowerCase();
}

/** True only in scripts that have two cases. */
export const isLowerCase = (word: string): boolean =>
  word === word.toLowerCase() && word !== word.toUpperCase();
