import { opportunityIdOf } from './opportunity-link.js';

/** More are no search but a text that was pasted by mistake. */
const MOST_WORDS = 10;

/** Of fewer characters the beginning of a word would be found almost everywhere. */
const SHORTEST_BEGINNING = 3;

/**
 * A search as PostgreSQL's `tsquery` writes it: all words, long ones by their beginning. Every word is quoted, so that
 * nothing in it is an operator. A pasted link stands for the opportunity it leads to.
 */
export function tsqueryOf(text: string): string {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MOST_WORDS)
    .map((word) => opportunityIdOf(word) ?? word)
    .map((word) => quoted(word) + (word.length >= SHORTEST_BEGINNING ? ':*' : ''))
    .join(' & ');
}

const quoted = (word: string): string => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
