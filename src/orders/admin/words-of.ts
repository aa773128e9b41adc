/** What a code says to a person, where there is no sentence for it. */
export const wordsOf = (code: string): string => code.replaceAll('_', ' ');
