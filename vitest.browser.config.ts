import { defineConfig } from 'vitest/config';

/** What is seen in a real browser: `npm run test:browser`. Pictures are left in `screenshots`. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.spec.ts'],
    globalSetup: ['test/browser/have-chromium.ts', 'test/support/global-setup.ts'],
    // Each has a browser, a service and vendors of its own, and waits for pages more than it computes.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 40_000 } },
  },
});
