import { defineConfig } from 'vitest/config';

/** A small storm, minutes long: `npm run test:storm`. Larger ones: `npm run test:chaos -- --orders 1000 --seed 1`. */
export default defineConfig({
  test: {
    include: ['test/chaos/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
  },
});
