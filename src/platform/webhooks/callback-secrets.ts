/**
 * A secret that callbacks carry, or two with a comma between them while one is rotated. Each is as hard to guess as one alone, so
 * that no piece of a secret that has a comma in it lets anybody in. ASCII only: senders differ in how they write anything else into
 * a header, and what was pasted along with a secret, such as a space of no width, is not seen.
 */
export const CALLBACK_SECRETS =
  /^(?=[\x20-\x7e]*$)\s*[^\s,][^,]{6,}[^\s,]\s*(?:,\s*[^\s,][^,]{6,}[^\s,]\s*)?$/;
