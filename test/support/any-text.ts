import { expect } from 'vitest';

/** Matches any text. Vitest's own matcher is typed as `any`, which would spread. */
export const anyText: unknown = expect.any(String);
