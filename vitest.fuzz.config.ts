import { defineConfig } from 'vitest/config';

/** Hostile input by the thousands: `npm run test:fuzz`. Other ones: `FUZZ_SEED=1 npm run test:fuzz`. */
export default defineConfig({
  test: {
    include: ['test/fuzz/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    env: { FUZZ_REQUESTS: '20000' },
    hookTimeout: 120_000,
  },
});
