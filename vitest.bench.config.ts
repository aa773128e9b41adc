import { defineConfig } from 'vitest/config';

/** Measurements, on the embedded database or on TEST_DATABASE_URL: `npm run bench:audit`. */
export default defineConfig({
  test: {
    include: ['test/bench/**/*.bench.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 1,
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
  },
});
