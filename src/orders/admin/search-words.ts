import { opportunityIdOf } from './opportunity-link.js';

/** More are no search but a text that was pasted by mistake. */
const MOST_WORDS = 10;

/** From so many characters on the beginning of a word says something. */
const SHORTEST_BEGINNING = 3;
/** Of numbers and ids it takes more: ids begin with their time, so that all of a month begin alike. */
const SHORTEST_BEGINNING_OF_NUMBER = 5;
const SHORTEST_BEGINNING_OF_ID = 8;

const DIGIT = /[0-9]/;

/**
 * A search as PostgreSQL's `tsquery` writes it: all words, ids and numbers and a word that stands alone by their
 * beginning. Beside others a beginning of a name is not searched for: where half of all orders have it, it takes long
 * to find the few that have the others, too. Every word is quoted, so that nothing in it is an operator. A pasted link
 * stands for the opportunity it leads to.
 * @param ofInstallation the only installation whose orders are sought: words without a digit are then sought with its
 *   mark, as the database keeps them, so that what others have costs nothing
 */
export function tsqueryOf(text: string, ofInstallation?: string): string {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MOST_WORDS)
    .map((word) => opportunityIdOf(word) ?? word);
  const mark = ofInstallation === undefined ? '' : `${ofInstallation.slice(-8).toLowerCase()}/`;
  return words
    .map((word) => {
      const isBeginning = word.length >= shortestBeginning(word, words.length === 1);
      return quoted(DIGIT.test(word) ? word : mark + word) + (isBeginning ? ':*' : '');
    })
    .join(' & ');
}

function shortestBeginning(word: string, isAlone: boolean): number {
  if (/^\d+$/.test(word)) return SHORTEST_BEGINNING_OF_NUMBER;
  if (DIGIT.test(word)) return SHORTEST_BEGINNING_OF_ID;
  return isAlone ? SHORTEST_BEGINNING : Infinity;
}

const quoted = (word: string): string => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
