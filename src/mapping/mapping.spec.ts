import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FILES = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
);
const sourceOf = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const LIBRARIES = /^(?:zod|fastest-levenshtein|libphonenumber-js(?:\/\w+)?|\.\/[\w-]+\.js)$/;

describe('the room', () => {
  it.each(FILES)('%s imports nothing but its own files and pure libraries (M13)', (name) => {
    const imported = [...sourceOf(name).matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)];
    expect(
      imported.map(([, from, dynamic]) => from ?? dynamic).filter((one) => !LIBRARIES.test(one ?? '')),
    ).toEqual([]);
  });

  it.each(FILES)('%s reads no clock, no chance and no environment (M13)', (name) => {
    expect(sourceOf(name)).not.toMatch(
      /\bDate\.now|\bnew Date\(\)|\bMath\.random|\bcrypto\b|\bprocess\.|\bfetch\(|\bset(?:Timeout|Interval)\(/,
    );
  });
});
