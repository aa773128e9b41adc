/** Where jobs wait for a person that were given up. */
export const DEAD_LETTERS = 'dead-letters';
