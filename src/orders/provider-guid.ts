/**
 * How the provider may write a guid of its own, for an index that tells letters apart: as it is, in small letters, in capitals.
 */
export const spellingsOf = (guid: string): string[] => [
  ...new Set([guid, guid.toLowerCase(), guid.toUpperCase()]),
];
