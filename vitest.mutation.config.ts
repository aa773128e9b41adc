import { defineConfig } from 'vitest/config';

/**
 * What the mutation tester runs: the unit tests of `src/mapping` and nothing that needs a database. The test of what
 * the room imports stays out, for the tester's own instruments read the environment; so does mapping anything at all,
 * for a score must not be left to chance.
 */
export default defineConfig({
  test: {
    include: ['src/mapping/**/*.spec.ts'],
    exclude: ['src/mapping/mapping.spec.ts', 'src/mapping/map-anything.spec.ts', 'node_modules/**'],
    testTimeout: 30_000,
    // A mutant costs as many workers as there are test files otherwise, and most of its time is their start.
    isolate: false,
  },
});
