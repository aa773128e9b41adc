/**
 * A secret that callbacks carry, or two with a comma between them while one is rotated. Each is as hard to guess as one alone, so
 * that no piece of a secret that has a comma in it lets anybody in.
 */
export const CALLBACK_SECRETS = /^\s*[^\s,][^,]{6,}[^\s,]\s*(?:,\s*[^\s,][^,]{6,}[^\s,]\s*)?$/;
