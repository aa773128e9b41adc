import { defineConfig } from 'vitest/config';

/** What a real Prometheus makes of the metrics and the alert rules: `npm run test:alerts`. */
export default defineConfig({
  test: {
    include: ['test/alerts/**/*.spec.ts'],
    globalSetup: ['test/alerts/have-prometheus.ts', 'test/support/global-setup.ts'],
    // Each waits most of the time, for what must last before an alert is raised.
    maxWorkers: 4,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
