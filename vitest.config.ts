import { defineConfig } from 'vitest/config';

/** They change what all of a process has in common, or measure it: each has a process of its own. */
const APART = [
  // Declare jobs, of which a service that starts must have a handler.
  'test/integration/fair-jobs.spec.ts',
  'test/integration/job-queue.spec.ts',
  'test/integration/shutdown.spec.ts',
  // Looks into a class from which every service makes an object.
  'test/e2e/vendor-limits.spec.ts',
  // Read what is logged, which goes where the first service of the process sent it.
  'test/e2e/canary.spec.ts',
  'test/e2e/victig-leaks.spec.ts',
  // Reads it too, and turns on the tracing of the process.
  'test/e2e/tracing.spec.ts',
  // Needs room among the statements that a process names, which has a bound.
  'test/integration/planned-once.spec.ts',
  // Measures the memory of the process.
  'test/fuzz/fuzz.spec.ts',
];

const both = {
  setupFiles: ['test/support/seeded-properties.ts'],
  testTimeout: 90_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 40_000 } },
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // Each file has a service, a database and vendors of its own, which wait for one another more than they compute.
    // A PostgreSQL has a hundred connections unless it is told otherwise: three files at a time were seen to take 45.
    maxWorkers: process.env['TEST_DATABASE_URL'] === undefined ? 4 : 3,
    projects: [
      { test: { name: 'apart', include: APART, ...both } },
      {
        test: {
          name: 'together',
          include: ['src/**/*.spec.ts', 'sandbox/**/*.spec.ts', 'test/**/*.spec.ts'],
          exclude: [
            ...APART,
            'test/recordings/**',
            'test/chaos/**',
            'test/browser/**',
            'test/alerts/**',
            'node_modules/**',
            'dist/**',
          ],
          // To load the service anew for each file took longer than many a file's tests.
          isolate: false,
          ...both,
        },
      },
    ],
  },
});
