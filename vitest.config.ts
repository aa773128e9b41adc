import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'sandbox/**/*.spec.ts', 'test/**/*.spec.ts'],
    exclude: [
      'test/recordings/**',
      'test/chaos/**',
      'test/browser/**',
      'test/alerts/**',
      'node_modules/**',
      'dist/**',
    ],
    globalSetup: ['test/support/global-setup.ts'],
    // Each file has a service, a database and vendors of its own, which wait for one another more than they compute.
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
