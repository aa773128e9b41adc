import { defineConfig } from 'vitest/config';

/** A small storm, minutes long: `npm run test:storm`. Larger ones: `npm run test:chaos -- --orders 1000 --seed 1`. */
export default defineConfig({
  test: {
    include: ['test/chaos/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Each has databases and processes of its own, and waits more than it computes: they rage beside one another.
    sequence: { concurrent: true },
  },
});
