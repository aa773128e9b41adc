import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Where tests are, and what they are called. */
const TESTS = ['src/**/*.spec.ts', 'sandbox/**/*.spec.ts', 'test/**/*.{spec,contract}.ts'];

/** The first text of `it`, `test`, `describe` and their variants. */
const TITLE = /\b(?:it|test|describe)(?:\.\w+)*(?:\([^)]*\))?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;
const NUMBER = /\b[ITMSRVFAP]\d+\b/g;

describe('the promises of docs/promises.md', () => {
  it('are each named in the title of a test', () => {
    const promised = readFileSync('docs/promises.md', 'utf8').matchAll(/^- \*\*([A-Z]\d+)\*\*/gm);
    const titles = TESTS.flatMap((pattern) => globSync(pattern)).flatMap((file) =>
      Array.from(readFileSync(file, 'utf8').matchAll(TITLE), ([, , title = '']) => title),
    );
    const named = new Set(titles.join(' ').match(NUMBER));
    const numbers = [...promised].map(([, number = '']) => number);
    expect(numbers.length).toBeGreaterThan(50);
    expect(numbers.filter((number) => !named.has(number))).toEqual([]);
  });
});
