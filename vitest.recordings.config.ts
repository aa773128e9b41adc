import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/recordings/**/*.spec.ts'], testTimeout: 30_000 },
});
